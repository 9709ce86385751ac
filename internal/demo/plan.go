package demo

import "github.com/waymarkhq/waymark/internal/plan"

// The demo app and how to get at it; the README and the terminal name them.
const (
	AppKey        = "demo-shop"
	TestKey       = "demo-test"
	ProductionKey = "demo-production"
	AdminEmail    = "admin@demo.local"
	AdminPassword = "waymark-demo"
)

// batch is one requirement of the demo, with what it introduces.
type batch struct {
	title, description, reference string
	versions                      map[string]string // by terminal
	properties                    []property
	events                        []event
}

type property struct {
	key, name, description string
	typ                    plan.Type
	example                string
	sensitivity            plan.Sensitivity
}

type event struct {
	key, name, trigger, module string
	kind                       plan.EventKind // TRACK when empty
	level                      plan.Level     // P1 when empty
	terminals                  []string
	match                      []plan.Condition
	aliases                    []plan.Alias
	wireName                   string // the key when empty
	properties                 []use
}

// use is a property of an event; required unless it says otherwise.
type use struct {
	key      string
	optional bool
	// absentOn are terminals that do not carry it.
	absentOn []string
}

func must(keys ...string) []use {
	uses := make([]use, len(keys))
	for i, k := range keys {
		uses[i] = use{key: k}
	}
	return uses
}

func may(keys ...string) []use {
	uses := must(keys...)
	for i := range uses {
		uses[i].optional = true
	}
	return uses
}

func join(lists ...[]use) []use {
	var all []use
	for _, l := range lists {
		all = append(all, l...)
	}
	return all
}

func text() plan.Type { return plan.Type{Base: plan.TypeString} }
func whole() plan.Type {
	return plan.Type{Base: plan.TypeInteger, Constraints: plan.Constraints{Minimum: "0"}}
}

func amount() plan.Type {
	return plan.Type{Base: plan.TypeNumber, Constraints: plan.Constraints{Minimum: "0"}}
}
func yesNo() plan.Type { return plan.Type{Base: plan.TypeBoolean} }
func matching(re string) plan.Type {
	return plan.Type{Base: plan.TypeString, Constraints: plan.Constraints{Pattern: re}}
}

func upTo(n int) plan.Type {
	return plan.Type{Base: plan.TypeString, Constraints: plan.Constraints{MaxLength: &n}}
}

func listOf(t plan.Type) plan.Type { return plan.Type{Base: plan.TypeList, Items: &t} }

func oneOf(values ...string) plan.Type {
	t := plan.Type{Base: plan.TypeEnum}
	for i := 0; i < len(values); i += 2 {
		t.Values = append(t.Values, plan.Value{Value: values[i], Label: values[i+1]})
	}
	return t
}

var (
	goods   = must("goods_id", "goods_name", "goods_category", "goods_price")
	order   = must("order_id", "order_amount", "goods_count", "payment_method")
	apps    = []string{"ios", "android"}
	exceptW = []string{"web"}
)

// payMethods is the key of the value set of payment methods.
const payMethods = "payment_methods"

var payMethodValues = []plan.Value{
	{Value: "wechat", Label: "微信支付"},
	{Value: "alipay", Label: "支付宝"},
	{Value: "unionpay", Label: "银联云闪付"},
	{Value: "balance", Label: "余额支付"},
	{Value: "cod", Label: "货到付款"},
}

var batches = []batch{
	{
		title: "商城基础埋点：首页与商品浏览", reference: "PRD-1021",
		description: "看清用户从打开应用到商品详情的路径：曝光、点击、停留。公共属性由各端 SDK 统一设置。",
		versions:    map[string]string{"ios": "8.0.0", "android": "8.0.0", "web": "2.3.0", "mini": "5.1.0"},
		properties: []property{
			{"page_id", "页面编号", "页面在路由表中的编号", matching(`[a-z]+(_[a-z]+)*`), "home", ""},
			{"page_title", "页面标题", "页面展示给用户的标题", text(), "首页", ""},
			{"channel", "渠道", "安装包或投放链接的渠道号", text(), "appstore", ""},
			{"is_login", "是否登录", "事件发生时用户是否已登录", yesNo(), "true", ""},
			{"session_seq", "会话内序号", "事件在本次会话中的序号，从 0 开始", whole(), "12", ""},
			{"goods_id", "商品编号", "商品中心的 SKU 编号", matching(`SKU\d{4,}`), "SKU10086", ""},
			{"goods_name", "商品名称", "下单页展示的商品名称", upTo(60), "苹果手机 15 Pro", ""},
			{"goods_category", "商品类目", "一级/二级类目", matching(`[^/]+/[^/]+`), "手机/数码", ""},
			{"goods_price", "商品价格", "单价，单位元", amount(), "5999.5", ""},
			{"goods_tags", "商品标签", "运营标签", listOf(text()), `["新品","促销"]`, ""},
			{"position", "坑位序号", "列表中的位置，从 0 开始", whole(), "3", ""},
			{"spm", "位置编码", "站点.页面.模块.坑位", matching(`[a-z0-9]+(\.[a-z0-9]+){3}`), "a1.b2.c3.d4", ""},
			{"banner_id", "横幅编号", "首页横幅素材编号", text(), "B2026", ""},
			{"stay_ms", "停留时长", "页面停留毫秒数", whole(), "8200", ""},
			{"refer_page_id", "来源页面", "上一个页面的编号", text(), "search_result", ""},
			{"share_to", "分享渠道", "分享到哪里", oneOf("wechat_friend", "微信好友", "moments", "朋友圈", "copy_link", "复制链接"), "moments", ""},
		},
		events: []event{
			{
				key: "common", name: "公共属性", kind: plan.KindCommon, module: "基础",
				trigger: "所有事件都携带", properties: join(must("is_login"), []use{{key: "channel", optional: true}}, may("session_seq")),
			},
			{
				key: "app_open", name: "打开应用", module: "基础", level: plan.LevelP0, trigger: "冷启动或后台超过 30 秒后回到前台",
				terminals: apps, properties: must("page_id"),
			},
			{
				key: "page_view", name: "页面浏览", module: "基础", level: plan.LevelP0, trigger: "页面首屏渲染完成",
				properties: join(must("page_id", "page_title"), may("refer_page_id")),
			},
			{key: "page_leave", name: "页面离开", module: "基础", trigger: "页面不可见时", properties: must("page_id", "stay_ms")},
			{
				key: "banner_exposure", name: "首页横幅曝光", module: "首页", trigger: "横幅 50% 以上可见超过 1 秒",
				properties: must("banner_id", "position", "spm"),
			},
			{
				key: "banner_click", name: "首页横幅点击", module: "首页", trigger: "点击横幅",
				properties: must("banner_id", "position", "spm"),
			},
			{
				key: "goods_exposure", name: "商品曝光", module: "商品", trigger: "商品卡片 50% 以上可见超过 1 秒",
				properties: join(goods, must("position"), may("spm")),
			},
			{
				key: "goods_detail_view", name: "商品详情浏览", module: "商品", level: plan.LevelP0, trigger: "商品详情页接口返回成功",
				properties: join(goods, may("goods_tags", "refer_page_id")),
			},
			{
				key: "goods_share", name: "商品分享", module: "商品", trigger: "分享面板回调成功", terminals: []string{"ios", "android", "mini"},
				properties: join(goods, must("share_to")),
			},
		},
	},
	{
		title: "交易链路埋点：加购到支付", reference: "PRD-1044",
		description: "漏斗：加入购物车 → 提交订单 → 发起支付 → 支付成功/失败。金额统一为元，保留两位小数。",
		versions:    map[string]string{"ios": "8.1.0", "android": "8.1.0", "web": "2.4.0", "mini": "5.2.0"},
		properties: []property{
			{"cart_size", "购物车件数", "操作后购物车内件数", whole(), "4", ""},
			{"order_id", "订单编号", "交易系统订单号", matching(`\d{12,20}`), "202611230000001", ""},
			{"order_amount", "订单金额", "实付金额，单位元", amount(), "6299.00", ""},
			{"goods_count", "商品件数", "订单内商品件数", whole(), "2", ""},
			{"payment_method", "支付方式", "收银台选择的支付方式", plan.Type{Base: plan.TypeEnum}, "wechat", ""},
			{"coupon_id", "优惠券编号", "使用的优惠券", text(), "C2026110001", ""},
			{"discount_amount", "优惠金额", "优惠总额，单位元", amount(), "300", ""},
			{"pay_result_code", "支付结果码", "支付渠道返回码", text(), "0", ""},
			{"fail_reason", "失败原因", "展示给用户的失败文案", text(), "余额不足", ""},
			{"paid_at", "支付时间", "支付渠道回调时间", plan.Type{Base: plan.TypeDatetime}, "2026-11-23T08:00:00Z", ""},
			{"order_items", "订单商品", "订单内每一种商品", listOf(plan.Type{Base: plan.TypeObject, Fields: []plan.Field{
				{Name: "goods_id", Label: "商品编号", Required: true, Type: text()},
				{Name: "price", Label: "单价", Required: true, Type: amount()},
				{Name: "count", Label: "件数", Required: true, Type: whole()},
			}}), `[{"goods_id":"SKU10086","price":5999.5,"count":1}]`, ""},
			{"address_city", "收货城市", "收货地址所在城市", text(), "杭州", plan.SensitivityPersonal},
			{"is_first_order", "是否首单", "用户的第一笔订单", yesNo(), "false", ""},
		},
		events: []event{
			{
				key: "add_to_cart", name: "加入购物车", module: "交易", level: plan.LevelP0, trigger: "加购接口返回成功",
				properties: join(goods, must("cart_size"), []use{{key: "spm", absentOn: exceptW}}),
			},
			{key: "remove_from_cart", name: "移出购物车", module: "交易", trigger: "移除接口返回成功", properties: join(goods, must("cart_size"))},
			{
				key: "submit_order", name: "提交订单", module: "交易", level: plan.LevelP0, trigger: "创建订单接口返回成功",
				properties: join(must("order_id", "order_amount", "goods_count", "order_items"), may("coupon_id", "discount_amount", "address_city")),
			},
			{key: "pay_start", name: "发起支付", module: "支付", level: plan.LevelP0, trigger: "拉起收银台", properties: order},
			{
				key: "pay_success", name: "支付成功", module: "支付", level: plan.LevelP0, trigger: "收到支付渠道成功回调",
				aliases: []plan.Alias{{Name: "order_pay_success"}}, properties: join(order, must("paid_at", "is_first_order")),
			},
			{
				key: "pay_fail", name: "支付失败", module: "支付", level: plan.LevelP0, trigger: "收到支付渠道失败回调或超时",
				properties: join(order, must("pay_result_code", "fail_reason")),
			},
			{key: "refund_apply", name: "申请退款", module: "交易", trigger: "退款申请接口返回成功", properties: must("order_id", "order_amount")},
		},
	},
	{
		title: "会员与营销：签到、优惠券、直播", reference: "PRD-1103",
		description: "会员日活动效果与直播间转化。元素点击用 spm 区分坑位，同一个上报名对应多个埋点。",
		versions:    map[string]string{"ios": "8.2.0", "android": "8.2.0", "mini": "5.3.0"},
		properties: []property{
			{"member_level", "会员等级", "0 普通、1 银卡、2 金卡、3 黑卡", oneOf("0", "普通", "1", "银卡", "2", "金卡", "3", "黑卡"), "2", ""},
			{"points", "积分", "本次获得的积分", whole(), "5", ""},
			{"sign_days", "连续签到天数", "含当天", plan.Type{Base: plan.TypeInteger, Constraints: plan.Constraints{Minimum: "1", Maximum: "31"}}, "7", ""},
			{"coupon_type", "优惠券类型", "满减、折扣或免邮", oneOf("reduce", "满减", "discount", "折扣", "free_post", "免邮"), "reduce", ""},
			{"coupon_amount", "优惠券面额", "单位元；折扣券为折扣百分数", amount(), "20", ""},
			{"live_room_id", "直播间编号", "直播间的唯一编号", matching(`L\d+`), "L8848", ""},
			{"anchor_name", "主播昵称", "主播展示昵称", text(), "小野", ""},
			{"watch_ms", "观看时长", "本次观看毫秒数", whole(), "36000", ""},
			{"element_id", "元素编号", "被点击元素的编号", text(), "btn_sign", ""},
			{"activity_id", "活动编号", "营销活动编号", text(), "ACT1111", ""},
			{"nickname", "昵称", "用户昵称", text(), "张三", plan.SensitivityPersonal},
			{"phone", "手机号", "注册手机号", matching(`1\d{10}`), "13800000000", plan.SensitivitySensitive},
			{"birthday", "生日", "用户填写的生日", plan.Type{Base: plan.TypeDate}, "1995-06-01", plan.SensitivityPersonal},
		},
		events: []event{
			{
				key: "user_profile", name: "用户属性", kind: plan.KindUserProfile, module: "会员", trigger: "登录或资料变更后",
				properties: may("nickname", "member_level", "phone", "birthday"),
			},
			{
				key: "sign_in_daily", name: "每日签到", module: "会员", trigger: "签到接口返回成功", terminals: []string{"ios", "android", "mini"},
				properties: must("points", "sign_days", "member_level"),
			},
			{
				key: "coupon_receive", name: "领取优惠券", module: "营销", trigger: "领券接口返回成功",
				properties: join(must("coupon_id", "coupon_type", "coupon_amount"), may("activity_id")),
			},
			{key: "coupon_use", name: "使用优惠券", module: "营销", trigger: "下单时核销成功", properties: must("coupon_id", "coupon_type", "order_id")},
			{
				key: "live_enter", name: "进入直播间", module: "直播", level: plan.LevelP0, trigger: "首帧画面出现", terminals: []string{"ios", "android", "mini"},
				properties: must("live_room_id", "anchor_name"),
			},
			{
				key: "live_leave", name: "离开直播间", module: "直播", trigger: "退出直播间", terminals: []string{"ios", "android", "mini"},
				properties: must("live_room_id", "watch_ms"),
			},
			{
				key: "element_click_sign", name: "点击签到按钮", module: "会员", wireName: "element_click", trigger: "点击“签到”",
				match: []plan.Condition{{Property: "spm", Value: "a1.member.sign.0"}}, properties: must("spm", "element_id"),
			},
			{
				key: "element_click_coupon", name: "点击领券中心", module: "营销", wireName: "element_click", trigger: "点击“领券中心”入口",
				match: []plan.Condition{{Property: "spm", Value: "a1.member.coupon.0"}}, properties: must("spm", "element_id", "activity_id"),
			},
		},
	},
	{
		title: "搜索体验优化", reference: "PRD-1127",
		description: "搜索词、联想、结果点击与无结果率。",
		versions:    map[string]string{"ios": "8.3.0", "android": "8.3.0", "web": "2.5.0", "mini": "5.4.0"},
		properties: []property{
			{"keyword", "搜索词", "用户输入或选择的搜索词", upTo(64), "防晒霜", ""},
			{"keyword_source", "搜索词来源", "手动输入、历史、热搜或联想", oneOf("input", "手动输入", "history", "历史", "hot", "热搜", "suggest", "联想"), "hot", ""},
			{"result_count", "结果数", "搜索结果条数", whole(), "128", ""},
			{"search_id", "搜索编号", "一次搜索的编号，串起曝光与点击", text(), "s-20261123-1", ""},
			{"filters", "筛选条件", "使用的筛选项", listOf(text()), `["包邮","有货"]`, ""},
		},
		events: []event{
			{
				key: "search_submit", name: "提交搜索", module: "搜索", level: plan.LevelP0, trigger: "点击搜索或键盘确认",
				properties: join(must("keyword", "keyword_source", "search_id"), may("filters")),
			},
			{key: "search_result", name: "搜索结果返回", module: "搜索", trigger: "结果接口返回", properties: must("keyword", "search_id", "result_count")},
			{
				key: "search_result_click", name: "搜索结果点击", module: "搜索", level: plan.LevelP0, trigger: "点击结果中的商品",
				properties: join(goods, must("search_id", "position")),
			},
			{key: "search_no_result", name: "搜索无结果", module: "搜索", trigger: "结果数为 0 时", properties: must("keyword", "search_id")},
		},
	},
}
