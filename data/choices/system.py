"""Accounts, the trail, tasks, imports, workflows, notices and messages."""

from __future__ import annotations

from data.choices import Choice

LOGIN_RESULTS = (
    Choice("ok", "成功", "ok"),
    Choice("wrong", "用户名或密码错误", "danger"),
    Choice("locked", "账号锁定", "danger"),
    Choice("disabled", "账号停用", "stale"),
    Choice("wrong_door", "入口不符", "warn"),
    Choice("logout", "退出", ""),
    Choice("enter", "进入企业端", "warn"),
    Choice("leave", "返回管理端", ""),
)

AUDIT_VERBS = (
    Choice("create", "新增"),
    Choice("update", "修改"),
    Choice("delete", "删除"),
    Choice("restore", "恢复"),
    Choice("acknowledge", "确认报警"),
    Choice("handle", "处置报警"),
    Choice("resolve", "关闭报警"),
    Choice("suspend", "抑制报警"),
    Choice("end", "解除抑制"),
    Choice("attach", "上传附件"),
    Choice("detach", "删除附件"),
    Choice("void", "作废文书"),
    Choice("password", "修改密码"),
    Choice("approve", "审核通过"),
    Choice("submit", "提交变更"),
    Choice("withdraw", "撤回变更"),
    Choice("confirm", "确认"),
    Choice("return", "退回"),
    Choice("move", "调整属地"),
    Choice("retype", "调整类型"),
    Choice("supervise", "设置主管部门"),
    Choice("publish", "发布"),
    Choice("recall", "撤回通知"),
    Choice("export", "导出"),
    Choice("import", "导入"),
    Choice("undo", "撤销导入"),
    Choice("token", "签发令牌"),
    Choice("revoke", "停用令牌"),
    Choice("step", "流程办理"),
    Choice("command", "下发指令"),
    Choice("cancel", "撤销指令"),
    Choice("enter", "进入企业端"),
    Choice("leave", "返回管理端"),
    Choice("exchange", "换班"),
)

TASK_STATES = (
    Choice("waiting", "排队中", "primary"),
    Choice("running", "进行中", "primary"),
    Choice("done", "已完成", "ok"),
    Choice("failed", "失败", "danger"),
    Choice("cancelled", "已取消", "stale"),
)

# An uploaded workbook, and what becomes of each of its rows.
BATCH_STATES = (
    Choice("checking", "检查中", "primary"),
    Choice("checked", "待导入", "primary"),
    Choice("committed", "已导入", "ok"),
    Choice("undone", "已撤销", "stale"),
    Choice("failed", "未检查完", "danger"),
)

ROW_OUTCOMES = (
    Choice("new", "新增", "ok"),
    Choice("changed", "更新", "primary"),
    Choice("same", "不变", "stale"),
    Choice("refused", "拒绝", "danger"),
)

SCOPES = (
    Choice("all", "全部"),
    Choice("departments", "本部门监管企业"),
    Choice("divisions", "本属地及下级"),
    Choice("own_organisation", "本单位"),
    Choice("own_enterprise", "本企业"),
    Choice("own", "本人"),
)

# What kind of step was taken in a workflow.
STEP_KINDS = (
    Choice("start", "提交", "primary"),
    Choice("pass", "通过", "ok"),
    Choice("branch", "转入", "primary"),
    Choice("return", "退回", "warn"),
    Choice("note", "填报"),
    Choice("skip", "自动跳过", "stale"),
    Choice("withdraw", "撤回", "stale"),
    Choice("transfer", "转办"),
    Choice("ask", "发起会签"),
    Choice("sign", "会签"),
    Choice("copy", "抄送"),
    Choice("urge", "催办", "warn"),
)

# Whether a step wants the opinion of others before it is left.
COUNTERSIGNS = (Choice("none", "不要求"), Choice("any", "任一人同意"), Choice("all", "全部同意"))

SIGN_ANSWERS = (Choice("agree", "同意", "ok"), Choice("refuse", "不同意", "danger"))

NOTICE_STATES = (Choice("draft", "草稿", "stale"), Choice("sent", "已发布", "ok"), Choice("recalled", "已撤回", "stale"))

MESSAGE_KINDS = (
    Choice("due", "到期提醒", "warn"),
    Choice("overdue", "超期提醒", "danger"),
    Choice("urge", "催办", "warn"),
    Choice("notice", "通知", "primary"),
    Choice("alarm", "报警上报", "danger"),
    Choice("subscription", "订阅", "primary"),
    Choice("duty", "值班", "primary"),
    Choice("system", "系统提醒", "warn"),
    Choice("incident", "突发事件", "danger"),
)

DELIVERY_CHANNELS = (Choice("email", "邮件"), Choice("webhook", "群机器人"))

DELIVERY_STATES = (Choice("waiting", "待发送", "primary"), Choice("sent", "已发送", "ok"), Choice("failed", "发送失败", "danger"))
