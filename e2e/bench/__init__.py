"""Measurements that print figures for their bars."""
