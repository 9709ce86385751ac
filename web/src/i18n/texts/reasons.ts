import type { Text } from '../say';

/** The server's reasons (`extensions.reason`) in words of ours; its own message stands for what is not listed. */
export const reasons: Record<string, Text> = {
  domain_not_allowed: ['您的邮箱域名不允许登录。', 'People of your mail domain may not sign in here.'],
  email_unverified: ['单点登录未验证您的邮箱。', 'The single sign-on does not vouch for your mail address.'],
  issuer_refused: ['单点登录拒绝了您的请求。', 'The single sign-on refused you.'],
  issuer_unavailable: ['单点登录没有响应，请稍后再试。', 'The single sign-on does not answer. Try again later.'],
  linked_elsewhere: [
    '该邮箱在此属于其他人，请联系管理员。',
    'Your mail address belongs to somebody else here. Ask an administrator.',
  ],
  not_invited: [
    '您在此没有账号，请联系管理员获取邀请。',
    'You have no account here. Ask an administrator for an invitation.',
  ],
  sign_in_expired: [
    '此登录并非从这里开始，或已超时，请重试。',
    'This sign-in was not begun here, or too long ago. Try again.',
  ],
  set_up_unknown: [
    '此链接无效或已使用。请直接登录，或在服务器日志中获取新链接。',
    'This link is not valid, or was used already. Sign in, or take a new link from the server’s log.',
  ],
  invitation_unknown: ['此邀请已失效，请重新索取。', 'This invitation is not valid any more. Ask for a new one.'],
  user_deactivated: ['此账号已停用。', 'This account was deactivated.'],
  wrong_credentials: ['邮箱或密码不正确。', 'No account has this email and password.'],
  sign_in_busy: ['登录人数过多，请稍后再试。', 'Too many people are signing in. Try again in a moment.'],
  too_many_attempts: ['尝试次数过多，请稍后再试。', 'Too many attempts. Try again later.'],
  invalid_text: ['含有无法识别的字符', 'has characters that cannot be read'],
  is_name: ['不能与邮箱或姓名相同', 'must not be the mail address or the name'],
  required: ['不能为空', 'must not be empty'],
  too_common: ['过于常见，容易被猜中', 'is too easy to guess'],
  too_long: ['过长', 'is too long'],
  too_short: ['过短，至少 8 个字符', 'is too short: at least 8 characters'],
  bound_elsewhere: ['已绑定到另一个进行中的验收', 'is bound to another open session'],
  coverage_incomplete: ['还有未覆盖的内容：请继续测试，或豁免无需测试的项。', 'Not all is covered: test what is open, or waive what need not be seen.'],
  session_ended: ['验收已结束', 'The session has ended.'],
};
