import type { Text } from '../say';

/** Coming in: sign-in, the first administrator, invitations. */
export const session = {
  tagline: ['埋点方案与真实上报，逐条对照', 'Tracking plans, checked against what devices really report'],
  signInTitle: ['登录', 'Sign in'],
  setUpTitle: ['创建首位管理员', 'Create the first administrator'],
  setUpHint: [
    '此链接只能使用一次。创建的账号拥有全部权限，并可邀请其他成员。',
    'This link works once. The account you create may do everything, including inviting the others.',
  ],
  invitationTitle: ['接受邀请', 'Accept the invitation'],
  invitationHint: [
    '此链接只能使用一次。若该邮箱已有账号，请输入该账号的密码。',
    'This link works once. If you have an account with this address already, give its password.',
  ],
  signInWith: ['使用 {label} 登录', 'Sign in with {label}'],
  signInFailed: [
    '单点登录未成功，请重试或联系管理员。',
    'The single sign-on did not work. Try again, or ask an administrator.',
  ],
  email: ['邮箱', 'Email'],
  name: ['姓名', 'Name'],
  password: ['密码', 'Password'],
  signIn: ['登录', 'Sign in'],
  setUp: ['创建并登录', 'Create and sign in'],
  signInInstead: ['已有账号，直接登录', 'I have an account already'],
} as const satisfies Record<string, Text>;
