import type { Text } from '../say';

/** The frame around every page, and the states that any page can be in. */
export const shell = {
  app: {
    skip: ['跳到正文', 'Skip to the content'],
    navigation: ['主导航', 'Main'],
    path: ['当前位置', 'Where you are'],
    apps: ['应用', 'Apps'],
    search: ['搜索', 'Search'],
    searchHint: ['搜索事件、属性、批次', 'Events, properties, batches'],
    graphiql: ['GraphiQL', 'GraphiQL'],
    otherLanguage: ['English', '中文'],
    theme: ['外观：{theme}', 'Look: {theme}'],
    signOut: ['退出登录', 'Sign out'],
  },
  theme: {
    system: ['跟随系统', 'as the system'],
    light: ['浅色', 'light'],
    dark: ['深色', 'dark'],
  },
  live: {
    idle: ['未连接', 'not connected'],
    connecting: ['连接中', 'connecting'],
    live: ['实时连接正常', 'live'],
    lost: ['连接已断开，正在重试', 'connection lost, trying again'],
  },
  state: {
    loading: ['加载中…', 'Loading…'],
    busy: ['请稍候…', 'One moment…'],
    retry: ['重试', 'Try again'],
    failed: ['加载失败', 'This could not be loaded'],
    broken: ['页面出错了', 'Something went wrong on this page'],
    brokenHint: ['重新加载通常可以恢复。若反复出现，请将下方信息告知管理员。', 'Loading it again usually helps. If it comes back, tell an administrator what stands below.'],
    reload: ['重新加载', 'Load again'],
    notFound: ['没有找到', 'Not found'],
    notFoundHint: ['该地址不存在，或您没有查看权限。', 'There is nothing at this address, or you may not see it.'],
    home: ['回到应用列表', 'Back to the apps'],
    unreachable: ['服务器没有响应，请确认它正在运行。', 'The server does not answer. Is it running?'],
    unexpected: ['服务器返回了无法识别的内容。', 'The server answered in a way this page does not understand.'],
  },
  list: {
    total: ['共 {count} 条', '{count} in all'],
    pages: ['翻页', 'Pages'],
    previous: ['上一页', 'Previous'],
    next: ['下一页', 'Next'],
    first: ['回到第一页', 'First page'],
    filter: ['筛选', 'Filter'],
    all: ['全部', 'All'],
    clear: ['清除筛选', 'Clear the filter'],
    none: ['没有符合条件的内容', 'Nothing matches'],
    text: ['关键词', 'Words'],
  },
} as const satisfies Record<string, Record<string, Text>>;
