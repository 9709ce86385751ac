// Package config is everything that can be set about a running Waymark: one typed Config, filled from defaults, a YAML
// file, the environment and flags, each overruling the one before. Nobody else reads the environment.
//
// Settings is the grammar, Sources finds the values, Config is the checked result. The package has no state; a Config is
// never changed after it was made.
package config

// Settings are all settings as they are written: names, defaults and descriptions live in the tags, from which the flags,
// the file's keys, the variables and the documentation come. The name of a setting is the flag's and the file's key;
// its variable is WAYMARK_ and the name in capitals unless the tag variable says another.
type Settings struct {
	Config string `name:"config" placeholder:"FILE" group:"general" help:"YAML file with settings, by the same names." zh:"YAML 配置文件，键名与参数名相同。"`

	Addr           string   `name:"addr" default:"127.0.0.1:8080" placeholder:"HOST:PORT" group:"server" help:"Where to listen." zh:"监听地址。"`
	CollectAddr    string   `name:"collect-addr" placeholder:"HOST:PORT" group:"server" help:"Serve the SDK endpoints on this address, and nowhere else." zh:"SDK 上报接口只在此地址提供，其他地址不再提供。"`
	PublicURL      string   `name:"public-url" placeholder:"URL" group:"server" help:"How people and devices reach the server; default: the address it listens on." zh:"用户和设备访问服务器的地址；默认为监听地址。"`
	TLSCert        string   `name:"tls-cert" placeholder:"FILE" group:"server" help:"Certificate chain in PEM, for https." zh:"PEM 格式的证书链，用于 https。"`
	TLSKey         string   `name:"tls-key" placeholder:"FILE" group:"server" help:"The certificate's private key in PEM." zh:"PEM 格式的证书私钥。"`
	Origins        []string `name:"origins" placeholder:"URL" group:"server" help:"Other web origins that may use the API from a browser, e.g. https://console.example.com; separated by commas." zh:"允许从浏览器调用接口的其他来源，如 https://console.example.com；以逗号分隔。"`
	TrustedProxies []string `name:"trusted-proxies" placeholder:"CIDR" group:"server" help:"Addresses of proxies whose X-Forwarded-For and X-Forwarded-Proto are believed; separated by commas." zh:"可信代理的地址段，采信其 X-Forwarded-For 与 X-Forwarded-Proto；以逗号分隔。"`

	DataDir      string `name:"data-dir" placeholder:"DIR" group:"data" help:"Where SQLite and the embedded bus keep their files; default ./waymark-data, with --demo ./waymark-demo." zh:"SQLite 与内嵌消息总线的数据目录；默认 ./waymark-data，演示模式为 ./waymark-demo。"`
	DatabaseURL  string `name:"database-url" variable:"DATABASE_URL" placeholder:"URL" group:"data" help:"PostgreSQL instead of SQLite, e.g. postgres://user:password@host:5432/waymark." zh:"使用 PostgreSQL 代替 SQLite，如 postgres://user:password@host:5432/waymark。"`
	NATSURL      string `name:"nats-url" variable:"NATS_URL" placeholder:"URL" group:"data" help:"A NATS cluster with JetStream instead of the embedded bus, e.g. nats://host:4222." zh:"使用外部 NATS JetStream 集群代替内嵌消息总线，如 nats://host:4222。"`
	NATSMaxBytes string `name:"nats-max-bytes" placeholder:"SIZE" group:"data" help:"How much the bus may hold before it refuses events, e.g. 10GiB; default 20GiB, on the embedded bus at most half of the free disk." zh:"消息总线的容量上限，超过后拒收上报，如 10GiB；默认 20GiB，内嵌总线至多占剩余磁盘的一半。"`
	NATSReplicas int    `name:"nats-replicas" default:"1" placeholder:"N" group:"data" help:"Copies that an external NATS cluster keeps of each event, 1 to 5." zh:"外部 NATS 集群为每条上报保存的副本数，1 到 5。"`
	Ack          string `name:"ack" default:"fsync" placeholder:"MODE" group:"data" help:"What an answered event survives on the embedded bus: fsync (a power cut) or process (kill -9 of the server, not a power cut)." zh:"内嵌总线上已应答的上报能经受什么：fsync（断电）或 process（进程被 kill -9，不含断电）。"`

	ForwardMaxBytes   string   `name:"forward-max-bytes" default:"1GiB" placeholder:"SIZE" group:"forwarding" help:"How much of one environment may wait to be passed on; what comes beyond that is counted as lost." zh:"单个环境待转发数据的上限；超出部分计为丢失。"`
	ForwardTotalBytes string   `name:"forward-total-bytes" default:"4GiB" placeholder:"SIZE" group:"forwarding" help:"The same, of all environments together." zh:"所有环境待转发数据的总上限。"`
	ForwardMaxAge     string   `name:"forward-max-age" default:"24h" placeholder:"TIME" group:"forwarding" help:"How long a payload may wait to be passed on, e.g. 90m or 24h; then it is counted as expired." zh:"数据等待转发的最长时间，如 90m 或 24h；超过后计为过期。"`
	OutwardAllow      []string `name:"outward-allow" placeholder:"CIDR" group:"forwarding" help:"Networks that are not public and may be reached all the same, where people of this server say so, e.g. 10.1.0.0/16; separated by commas." zh:"允许服务器按用户设置访问的非公网地址段，如 10.1.0.0/16；以逗号分隔。"`

	OIDCIssuer           string   `name:"oidc-issuer" placeholder:"URL" group:"single sign-on" help:"Let people sign in through this issuer of OpenID Connect, e.g. https://login.example.com." zh:"通过此 OpenID Connect 服务登录，如 https://login.example.com。"`
	OIDCClientID         string   `name:"oidc-client-id" placeholder:"ID" group:"single sign-on" help:"What the issuer knows this server as." zh:"在该服务登记的客户端 ID。"`
	OIDCClientSecret     string   `name:"oidc-client-secret" placeholder:"SECRET" group:"single sign-on" help:"The secret that goes with it; better set as variable or file than as flag." zh:"对应的客户端密钥；建议用环境变量或文件设置。"`
	OIDCClientSecretFile string   `name:"oidc-client-secret-file" placeholder:"FILE" group:"single sign-on" help:"A file that holds the secret." zh:"保存客户端密钥的文件。"`
	OIDCLabel            string   `name:"oidc-label" default:"SSO" placeholder:"TEXT" group:"single sign-on" help:"What the button on the sign-in page calls the issuer." zh:"登录页按钮上显示的名称。"`
	OIDCScopes           []string `name:"oidc-scopes" default:"openid,profile,email" placeholder:"SCOPE" group:"single sign-on" help:"What the issuer is asked to tell; separated by commas." zh:"请求的授权范围；以逗号分隔。"`
	OIDCRoleClaim        string   `name:"oidc-role-claim" default:"groups" placeholder:"CLAIM" group:"single sign-on" help:"The claim that holds a person's groups; a dot leads into an object, e.g. realm_access.roles." zh:"保存用户组的声明；用点号进入对象，如 realm_access.roles。"`
	OIDCRoles            []string `name:"oidc-roles" placeholder:"GROUP=[APP:]ROLE" group:"single sign-on" help:"What the people of a group may do, e.g. shop-editors=shop:editor,ops=admin; brought up to date at each sign-in." zh:"用户组对应的角色，如 shop-editors=shop:editor,ops=admin；每次登录时更新。"`
	OIDCDomains          []string `name:"oidc-domains" placeholder:"DOMAIN" group:"single sign-on" help:"Only people with a verified mail address of these domains; separated by commas." zh:"仅允许这些邮箱域名（须已验证）；以逗号分隔。"`
	OIDCAccounts         string   `name:"oidc-accounts" default:"invited" placeholder:"MODE" group:"single sign-on" help:"Who gets an account at the first sign-in: invited (whoever has an invitation) or create (everybody that the issuer knows)." zh:"首次登录时谁可获得账号：invited（仅受邀者）或 create（该服务的所有用户）。"`

	AdminEmail    string `name:"admin-email" placeholder:"ADDRESS" group:"first start" help:"With no user yet: create this administrator instead of printing a sign-up link." zh:"尚无用户时：直接创建此管理员，不再输出注册链接。"`
	AdminPassword string `name:"admin-password" placeholder:"PASSWORD" group:"first start" help:"The password of that administrator, at least 8 characters; better set as variable than as flag." zh:"该管理员的密码，至少 8 个字符；建议用环境变量而非命令行参数设置。"`

	LogLevel  string `name:"log-level" default:"info" placeholder:"LEVEL" group:"general" help:"How much to log: debug, info, warn or error." zh:"日志级别：debug、info、warn 或 error。"`
	LogFormat string `name:"log-format" default:"text" placeholder:"FORMAT" group:"general" help:"How to log: text or json." zh:"日志格式：text 或 json。"`
}
