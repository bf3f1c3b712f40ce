"""Subscriptions (系统订阅): what is subscribed to, when it is told, what differs from the time before, and how it leaves the platform."""
