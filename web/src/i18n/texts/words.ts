import type {
  BaseType,
  BatchItemKind,
  BatchState,
  BatchType,
  DeliveryState,
  EventKind,
  EventLevel,
  ItemAction,
  Presence,
  ReleaseKind,
  RevisionState,
  SearchType,
  Sensitivity,
  Severity,
  Template,
  Verdict,
} from '../../api/generated/schema';
import type { Text } from '../say';

// One word for each value of the schema's enumerations: the types see to it that a new value gets its word.

const batchState: Record<BatchState, Text> = {
  DRAFT: ['草稿', 'Draft'],
  IN_REVIEW: ['待评审', 'In review'],
  CHANGES_REQUESTED: ['已驳回', 'Changes requested'],
  APPROVED: ['已通过', 'Approved'],
  CANCELLED: ['已取消', 'Cancelled'],
  IN_DEVELOPMENT: ['开发中', 'In development'],
  IN_TESTING: ['测试中', 'In testing'],
  ACCEPTED: ['已验收', 'Accepted'],
  ONLINE: ['已上线', 'Online'],
};

const deliveryState: Record<DeliveryState, Text> = {
  IN_DEVELOPMENT: batchState.IN_DEVELOPMENT,
  IN_TESTING: batchState.IN_TESTING,
  ACCEPTED: batchState.ACCEPTED,
  ONLINE: batchState.ONLINE,
  MOVED: ['已移出', 'Moved'],
  DROPPED: ['已放弃', 'Dropped'],
};

const batchType: Record<BatchType, Text> = {
  NORMAL: ['常规需求', 'Requirement'],
  HOTFIX: ['紧急修复', 'Hotfix'],
  BASELINE: ['基线', 'Baseline'],
  OFFLINE: ['下线', 'Offline'],
};

const itemKind: Record<BatchItemKind, Text> = {
  EVENT: ['事件', 'Event'],
  PROPERTY: ['属性', 'Property'],
  VALUE_SET: ['枚举字典', 'Value set'],
};

const itemAction: Record<ItemAction, Text> = {
  CHANGE: ['新增或修改', 'Made or changed'],
  REMOVE: ['下线', 'Taken offline'],
};

const eventKind: Record<EventKind, Text> = {
  TRACK: ['行为事件', 'Tracked event'],
  COMMON: ['公共属性', 'Common properties'],
  USER_PROFILE: ['用户属性', 'User profile'],
  ITEM: ['物品属性', 'Item'],
};

const eventLevel: Record<EventLevel, Text> = {
  P0: ['P0 核心', 'P0, vital'],
  P1: ['P1 重要', 'P1, important'],
  P2: ['P2 一般', 'P2, useful'],
};

const presence: Record<Presence, Text> = {
  REQUIRED: ['必填', 'Required'],
  OPTIONAL: ['选填', 'Optional'],
  ABSENT: ['不出现', 'Absent'],
};

const baseType: Record<BaseType, Text> = {
  STRING: ['文本', 'Text'],
  INTEGER: ['整数', 'Integer'],
  NUMBER: ['数值', 'Number'],
  BOOLEAN: ['布尔', 'Boolean'],
  DATETIME: ['时间', 'Datetime'],
  DATE: ['日期', 'Date'],
  ENUM: ['枚举', 'Enum'],
  LIST: ['列表', 'List'],
  OBJECT: ['对象', 'Object'],
};

const sensitivity: Record<Sensitivity, Text> = {
  NONE: ['非个人信息', 'Not personal'],
  PERSONAL: ['个人信息', 'Personal'],
  SENSITIVE: ['敏感信息', 'Sensitive'],
};

const revisionState: Record<RevisionState, Text> = {
  DRAFT: ['草稿', 'Draft'],
  APPROVED: ['已通过', 'Approved'],
};

const verdict: Record<Verdict, Text> = {
  VALID: ['通过', 'Valid'],
  INVALID: ['不通过', 'Invalid'],
  UNPLANNED: ['未定义', 'Unplanned'],
};

const severity: Record<Severity, Text> = {
  ERROR: ['错误', 'Error'],
  WARNING: ['警告', 'Warning'],
};

const releaseKind: Record<ReleaseKind, Text> = {
  PUBLISH: ['发布', 'Published'],
  ROLLBACK: ['回滚', 'Rolled back'],
};

const template: Record<Template, Text> = {
  LIGHT: ['轻量流程', 'Light'],
  STANDARD: ['标准流程', 'Standard'],
  STRICT: ['严格流程', 'Strict'],
};

const searchType: Record<SearchType, Text> = {
  APP: ['应用', 'App'],
  BATCH: ['批次', 'Batch'],
  EVENT: ['事件', 'Event'],
  PROPERTY: ['属性', 'Property'],
  VALUE_SET: ['枚举字典', 'Value set'],
  INCIDENT: ['数据问题', 'Data incident'],
};

/** The words of the schema. */
export const words = {
  baseType,
  batchState,
  batchType,
  deliveryState,
  eventKind,
  eventLevel,
  itemAction,
  itemKind,
  presence,
  releaseKind,
  revisionState,
  searchType,
  sensitivity,
  severity,
  template,
  verdict,
};
