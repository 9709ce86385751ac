// The texts of this page in the two languages of the product; the browser's language chooses.

const en = {
  signOut: 'Sign out',
  loading: 'Loading…',
  retry: 'Try again',
  examples: 'Examples',
  examplesHint: 'Each opens in a tab of its own. Change what you like and run it.',
  exampleTree: 'The plan as a tree',
  exampleTreeHint: 'From an app down to each property, in one query.',
  exampleSearch: 'Search',
  exampleSearchHint: 'Finds words of two characters too, in any text of the plan.',
  exampleLive: 'Live capture',
  exampleLiveHint: 'Every event that devices report, as it arrives, with its verdict.',
  exampleCreate: 'Create an event',
  exampleCreateHint: 'Plans an event in a batch; the test environment accepts it at once.',
  unreachable: 'The server does not answer. Is it running?',
  unexpected: 'The server answered in a way this page does not understand.',
};

const zh: typeof en = {
  signOut: '退出登录',
  loading: '加载中…',
  retry: '重试',
  examples: '示例',
  examplesHint: '每个示例在新标签页中打开，可随意修改后运行。',
  exampleTree: '埋点方案树',
  exampleTreeHint: '一次查询，从应用一直到每个属性。',
  exampleSearch: '搜索',
  exampleSearchHint: '在方案的所有文字中查找，两个汉字即可命中。',
  exampleLive: '可视化抓包',
  exampleLiveHint: '设备上报的每个事件及其校验结果，实时到达。',
  exampleCreate: '新建事件',
  exampleCreateHint: '在埋点需求中设计一个事件，测试环境立即生效。',
  unreachable: '服务器没有响应，请确认它正在运行。',
  unexpected: '服务器返回了无法识别的内容。',
};

export const language: 'zh' | 'en' = navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';

export const texts = language === 'zh' ? zh : en;
