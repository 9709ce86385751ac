package demo

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/waymarkhq/waymark/internal/catalog"
	"github.com/waymarkhq/waymark/internal/plan"
)

// entry is what the dictionary says of an event or a property.
type entry struct {
	synonyms      []string
	table, column string
	columns       map[string]string // of an event's properties, where they are not those of the properties themselves
	consumers     []plan.Consumer
}

var eventEntries = map[string]entry{
	"page_view": {
		synonyms: []string{"PV", "浏览量"}, table: "dwd.traffic_page_view_di",
		consumers: []plan.Consumer{
			{Kind: plan.ConsumerReport, Name: "流量日报", Link: "https://bi.example.com/reports/traffic-daily", Contact: "流量数据组"},
			{Kind: plan.ConsumerTeam, Name: "增长团队", Contact: "growth@example.com"},
		},
	},
	"goods_detail_view": {
		synonyms: []string{"商详浏览"}, table: "dwd.goods_detail_view_di",
		consumers: []plan.Consumer{{Kind: plan.ConsumerModel, Name: "猜你喜欢召回模型", Contact: "推荐算法组"}},
	},
	"submit_order": {
		synonyms: []string{"下单"}, table: "dwd.trade_order_submit_di", columns: map[string]string{"order_amount": "submit_amt"},
		consumers: []plan.Consumer{
			{Kind: plan.ConsumerDashboard, Name: "交易漏斗", Link: "https://bi.example.com/dashboards/trade-funnel", Contact: "交易数据组"},
		},
	},
	"pay_success": {
		synonyms: []string{"成交", "付款成功"}, table: "dwd.trade_pay_success_di", columns: map[string]string{"order_amount": "pay_amt"},
		consumers: []plan.Consumer{
			{Kind: plan.ConsumerDashboard, Name: "成交看板", Link: "https://bi.example.com/dashboards/gmv", Contact: "交易数据组"},
			{Kind: plan.ConsumerModel, Name: "复购预测模型", Contact: "用户算法组"},
			{Kind: plan.ConsumerTeam, Name: "财务对账", Contact: "finance-data@example.com"},
		},
	},
	"search_submit": {
		synonyms: []string{"搜索次数"}, table: "dwd.search_submit_di",
		consumers: []plan.Consumer{{Kind: plan.ConsumerModel, Name: "热搜词榜", Contact: "搜索算法组"}},
	},
	"live_enter": {synonyms: []string{"进房"}, table: "dwd.live_room_enter_di"},
}

var propertyEntries = map[string]entry{
	"order_id":       {synonyms: []string{"订单号"}, column: "order_id"},
	"order_amount":   {synonyms: []string{"成交额", "GMV"}, column: "order_amt"},
	"goods_id":       {synonyms: []string{"SKU", "商品ID"}, column: "sku_id"},
	"payment_method": {column: "pay_channel_code"},
	"channel":        {synonyms: []string{"渠道号"}, column: "channel_code", consumers: []plan.Consumer{{Kind: plan.ConsumerReport, Name: "渠道投放周报", Contact: "投放团队"}}},
	"phone":          {synonyms: []string{"手机号码"}, column: "phone_sha256"},
}

// incident is a note on data that is not as it should be, of an event or a property; of the app where neither is named.
type incident struct {
	event, property               string
	title, description, treatment string
	terminals                     []string
	from, to                      string // app versions
	startedAt, endedAt            string // days of Shanghai; no end where it lasts
}

var incidents = []incident{
	{
		event: "pay_success", title: "iOS 支付成功重复上报", terminals: []string{"ios"}, from: "8.1.0", to: "8.1.2",
		description: "支付回调重试时没有去重，同一笔订单会上报两次，约占 iOS 支付成功的 3%。8.1.3 已修复。",
		treatment:   "按 order_id 去重，保留 paid_at 最早的一条。", startedAt: "2026-10-12", endedAt: "2026-10-20",
	},
	{
		property: "channel", title: "小程序取不到渠道号", terminals: []string{"mini"}, from: "5.1.0",
		description: "从分享卡片进入时没有投放参数，渠道号为空。", treatment: "渠道分析不含小程序，或按来源页面归因。", startedAt: "2026-11-02",
	},
	{
		title: "双十一零点采集延迟", description: "流量高峰期间上报排队，最晚两小时后到达，没有丢失。",
		treatment: "按事件发生时间统计，不按到达时间。", startedAt: "2026-11-11", endedAt: "2026-11-12",
	},
}

// dictionary writes what is known about the data of the plan, whose ids are given by key.
func (s seeder) dictionary(ctx context.Context, events, properties map[string]string) error {
	for _, key := range slices.Sorted(maps.Keys(eventEntries)) {
		e := eventEntries[key]
		in := catalog.UpdateDictionaryInput{ID: events[key], Synonyms: e.synonyms, WarehouseTable: &e.table, Consumers: e.consumers}
		for _, property := range slices.Sorted(maps.Keys(e.columns)) {
			in.Columns = append(in.Columns, catalog.WarehouseColumnInput{PropertyID: properties[property], Column: e.columns[property]})
		}
		if _, err := s.UpdateDictionary(ctx, in); err != nil {
			return fmt.Errorf("entry of event %s: %w", key, err)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(propertyEntries)) {
		e := propertyEntries[key]
		if _, err := s.UpdateDictionary(ctx, catalog.UpdateDictionaryInput{
			ID: properties[key], Synonyms: e.synonyms, WarehouseColumn: &e.column, Consumers: e.consumers,
		}); err != nil {
			return fmt.Errorf("entry of property %s: %w", key, err)
		}
	}
	for _, i := range incidents {
		if err := s.incident(ctx, i, events, properties); err != nil {
			return fmt.Errorf("incident %s: %w", i.title, err)
		}
	}
	return nil
}

func (s seeder) incident(ctx context.Context, i incident, events, properties map[string]string) error {
	in := catalog.CreateDataIncidentInput{
		Title: i.title, Description: i.description, Treatment: i.treatment, Terminals: i.terminals, FromVersion: i.from, ToVersion: i.to,
	}
	switch {
	case i.event != "":
		in.EventID = new(events[i.event])
	case i.property != "":
		in.PropertyID = new(properties[i.property])
	default:
		in.App = new(AppKey)
	}
	began, err := day(i.startedAt)
	if err != nil {
		return err
	}
	in.StartedAt = began
	if i.endedAt != "" {
		ended, err := day(i.endedAt)
		if err != nil {
			return err
		}
		in.EndedAt = &ended
	}
	_, err = s.CreateDataIncident(ctx, in)
	return err
}

// day is when a day of Shanghai begins.
func day(text string) (time.Time, error) { return time.Parse(time.RFC3339, text+"T00:00:00+08:00") }
