"""The layouts of systems that people have: each in a file of our own, with what it holds worked out by hand."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from commet_core.foundation.errors import InputError
from commet_core.usage.ingest import SavedMapping, inspect, mapped, mapping_text, parse_mapping, read
from commet_core.usage.ingest.recognise.columns import SPELLINGS
from commet_core.usage.ingest.recognise.shape_documents import known_shapes, names_like

AI = "ai_requests"
ONE_CUSTOMER = {"columns": {"customer_id": {"constant": "us"}}}

Units = dict[tuple[str, str], str]
"""(customer, feature) → units."""


@dataclass(frozen=True)
class Layout:
    """A file, and what is read from it.

    tokens: input with all of the cache, output, read from the cache, written to it, over all rows
    left_out: rows that are no usage
    """

    code: str
    content: str | list[Any] | dict[str, Any]
    units: Units
    tokens: tuple[int, int, int, int] | None = None
    rows: str = "event"
    left_out: int = 0
    duplicates: int = 0
    mapping: dict[str, Any] | None = None
    first: str = "2026-05-04"


def page(results: list[dict[str, Any]], **bucket: Any) -> dict[str, Any]:
    """A page of an API: rows in buckets of time."""
    return {"object": "page", "data": [{"object": "bucket", **bucket, "results": results}], "has_more": False}


MAY_4 = 1777852800

LAYOUTS = (
    Layout(
        "openai_usage",
        "start_time,end_time,start_time_iso,input_tokens,output_tokens,input_cached_tokens,num_model_requests,project_id,user_id,model,batch\n"
        "1777852800,1777939200,2026-05-04T00:00:00+00:00,9000,700,2500,6,proj_x,,gpt-4o-mini,False\n"
        "1777852800,1777939200,2026-05-04T00:00:00+00:00,1000,50,0,2,proj_y,,gpt-4o-mini,False\n",
        {("proj_x", AI): "6", ("proj_y", AI): "2"},
        (10_000, 750, 2_500, 0),
        rows="aggregate",
    ),
    Layout(
        "openai_usage",
        page(
            [{"object": "o", "input_tokens": 4000, "output_tokens": 90, "input_cached_tokens": 1500, "num_model_requests": 3,
              "project_id": "proj_x", "model": "gpt-4o", "batch": False}],
            start_time=MAY_4,
            end_time=MAY_4 + 86400,
        ),
        {("proj_x", AI): "3"},
        (4_000, 90, 1_500, 0),
        rows="aggregate",
    ),
    Layout(
        "openai_costs",
        page(
            [{"object": "o", "amount": {"value": 1.25, "currency": "usd"}, "line_item": "gpt-4o, input", "project_id": "proj_x"},
             {"object": "o", "amount": {"value": 0.5, "currency": "usd"}, "line_item": "gpt-4o, output", "project_id": "proj_x"}],
            start_time=MAY_4,
            end_time=MAY_4 + 86400,
        ),
        {("proj_x", "gpt-4o, input"): "1.25", ("proj_x", "gpt-4o, output"): "0.5"},
        rows="aggregate",
    ),
    Layout(
        "openai_responses",
        [{"id": f"r{at}", "object": "chat.completion", "created": MAY_4 + at, "model": "gpt-4o", "user": "acme",
          "usage": {"prompt_tokens": 1000 * at, "completion_tokens": 10, "total_tokens": 1000 * at + 10,
                    "prompt_tokens_details": {"cached_tokens": 100 * at}}} for at in (1, 2)],
        {("acme", AI): "2"},
        (3_000, 20, 300, 0),
    ),
    Layout(
        "anthropic_console",
        "usage_date_utc,model_version,api_key,workspace,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,"
        "usage_input_tokens_cache_write_1h,usage_input_tokens_cache_read,usage_output_tokens,web_search_count\n"
        "2026-05-04,claude-sonnet-4-5,k1,Default,standard,3000,200,40,7000,500,1\n"
        "2026-05-05,claude-sonnet-4-5,k1,Acme,standard,10,0,0,0,5,0\n",
        {("Default", AI): "1", ("Acme", AI): "1"},
        (3000 + 200 + 40 + 7000 + 10, 505, 7_000, 240),
        rows="aggregate",
    ),
    Layout(
        "anthropic_costs",
        "usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,cost_type\n"
        "2026-05-04,claude-sonnet-4-5,Default,k1,standard,200k,input_no_cache,0.75,token\n"
        "2026-05-04,claude-sonnet-4-5,Default,k1,standard,200k,output,1.5,token\n",
        {("Default", "input_no_cache"): "0.75", ("Default", "output"): "1.5"},
        rows="aggregate",
    ),
    Layout(
        "anthropic_usage",
        {"data": [{"starting_at": "2026-05-04T00:00:00Z", "ending_at": "2026-05-05T00:00:00Z", "results": [
            {"uncached_input_tokens": 1500, "cache_creation": {"ephemeral_1h_input_tokens": 100, "ephemeral_5m_input_tokens": 50},
             "cache_read_input_tokens": 200, "output_tokens": 500, "workspace_id": "w1", "model": "claude-sonnet-4-5"}]}],
         "has_more": False},
        {("w1", AI): "1"},
        (1_850, 500, 200, 150),
        rows="aggregate",
    ),
    Layout(
        "openrouter",
        "generation_id,created_at,cost_total,tokens_prompt,tokens_completion,tokens_reasoning,tokens_cached,model_permaslug,user,api_key_name\n"
        "gen-1,2026-05-04 03:46:57.713,0.01,800,40,0,300,openai/gpt-4o,,tenant-a\n"
        "gen-2,2026-05-04 03:47:57.713,0.01,200,10,0,0,openai/gpt-4o,,tenant-b\n"
        "gen-2,2026-05-04 03:47:57.713,0.01,200,10,0,0,openai/gpt-4o,,tenant-b\n",
        {("tenant-a", AI): "1", ("tenant-b", AI): "1"},
        (1_000, 50, 300, 0),
        duplicates=1,
    ),
    Layout(
        "openrouter_activity",
        "date,model,model_permaslug,provider_name,usage,byok_usage_inference,requests,prompt_tokens,completion_tokens,reasoning_tokens\n"
        "2026-05-04,gpt-4o,openai/gpt-4o,OpenAI,0.4,0,12,5000,600,0\n",
        {("us", AI): "12"},
        (5_000, 600, 0, 0),
        rows="aggregate",
        mapping=ONE_CUSTOMER,
    ),
    Layout(
        "litellm",
        "request_id,call_type,api_key,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,model,user,metadata,team_id,end_user,status\n"
        'r1,acompletion,k,0.01,600,500,100,2026-05-04 10:00:00.1,2026-05-04 10:00:02,gpt-4o,u,"{""usage_object"": {""prompt_tokens_details"": {""cached_tokens"": 400}}}",team-a,cust-1,success\n'
        "r2,acompletion,k,0.01,300,250,50,2026-05-04 11:00:00.1,2026-05-04 11:00:02,gpt-4o,u,{},team-b,,success\n"
        "r3,acompletion,k,0,0,0,0,2026-05-04 12:00:00.1,2026-05-04 12:00:02,gpt-4o,u,{},team-b,,failure\n",
        {("cust-1", AI): "1", ("team-b", AI): "1"},
        (750, 150, 400, 0),
        left_out=1,
    ),
    Layout(
        "litellm",
        [{"request_id": f"r{at}", "spend": 0.01, "prompt_tokens": 500, "completion_tokens": 100, "startTime": f"2026-05-04 1{at}:00:00.1",
          "model": "gpt-4o", "end_user": "cust-1", "status": "success", "metadata": metadata}
         for at, metadata in enumerate([
             json.dumps({"usage_object": {"prompt_tokens_details": {"cached_tokens": 400}}}),
             {"usage_object": {"prompt_tokens_details": {"cached_tokens": 30}}}, "{}", "", None])],
        {("cust-1", AI): "5"},
        (2_500, 500, 430, 0),
    ),
    Layout(
        "langfuse",
        [{"id": "o1", "traceId": "t", "type": "GENERATION", "name": "a", "startTime": "2026-05-04T10:00:00.123Z", "model": "gpt-4o",
          "usageDetails": {"input": 700, "output": 90, "input_cached_tokens": 300, "total": 1090}, "userId": "c1"},
         {"id": "o2", "traceId": "t", "type": "SPAN", "name": "b", "startTime": "2026-05-04T10:00:01.123Z", "model": None,
          "usageDetails": {}, "userId": "c1"}],
        {("c1", AI): "1"},
        (1_000, 90, 300, 0),
        left_out=1,
    ),
    Layout(
        "cursor",
        "Date,User,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,Output Tokens,Total Tokens,Cost\n"
        '"2026-05-04T06:56:12.521Z","a@example.com","Included","claude-4.5-sonnet","No","300","20","900","80","1300","0.02"\n'
        '"2026-05-04T07:56:12.521Z","b@example.com","On-Demand","gpt-5","No","0","1000","500","40","1540","$0.01"\n',
        {("a@example.com", AI): "1", ("b@example.com", AI): "1"},
        (300 + 20 + 900 + 1000 + 500, 120, 1_400, 300),
    ),
    Layout(
        "github_billing",
        "date,product,sku,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,net_amount,username,organization,repository\n"
        "2026-05-04,actions,actions_linux,90,Minutes,0.006,0.54,0,0.54,dev-a,org-x,org-x/web\n"
        "2026-05-04,actions,actions_linux,30,Minutes,0.006,0.18,0,0.18,dev-b,org-x,org-x/api\n"
        "2026-05-04,actions,actions_storage,2.5,GigabyteHours,0.0003,0,0,0,,org-x,org-x/web\n",
        {("org-x", "actions_linux"): "120", ("org-x", "actions_storage"): "2.5"},
        rows="aggregate",
    ),
    Layout(
        "github_premium_requests",
        "date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,gross_amount,discount_amount,net_amount,exceeds_quota,"
        "total_monthly_quota,organization,cost_center_name\n"
        "2026-05-04,ana,copilot,copilot_premium_request,Claude Sonnet 4.5,3.5,requests,0.04,0.14,0.14,0,False,300,,\n"
        "2026-05-04,ana,copilot,copilot_premium_request,GPT-5,1,requests,0.04,0.04,0.04,0,False,300,,\n",
        {("ana", "copilot_premium_request"): "4.5"},
        rows="aggregate",
    ),
    Layout(
        "github_premium_requests",
        "date,username,product,sku,model,quantity,exceeds_quota,total_monthly_quota,organization,cost_center_name\n"
        "5/29/26,ana,copilot,copilot_premium_request,Claude Sonnet 4.5,2,FALSE,1000,,\n"
        "6/1/26,ben,copilot,copilot_premium_request,GPT-5,3,TRUE,300,,\n",
        {("ana", "copilot_premium_request"): "2", ("ben", "copilot_premium_request"): "3"},
        rows="aggregate",
        first="2026-05-29",
    ),
    Layout(
        "github_premium_log",
        '"Timestamp","User","Model","Requests Used","Exceeds Monthly Quota","Total Monthly Quota"\n'
        '"2026-05-04T05:13:27.8766440Z","ana","gpt-4.1-2025-04-14","1.00","False","Unlimited"\n'
        '"2026-05-04T06:13:27.8766440Z","ben","o1-2024-12-17","10.00","True","300"\n',
        {("ana", "copilot_premium_request"): "1", ("ben", "copilot_premium_request"): "10"},
    ),
    Layout(
        "github_ai_usage",
        "date,username,product,sku,model,quantity,unit_type,applied_cost_per_quantity,net_amount,organization,aic_quantity,input,output,cache_read,cache_write\n"
        "2026-05-04,ana,copilot,copilot_ai_credit,Claude Sonnet 4.5,12,ai-credits,0.01,0.12,org-a,12,2000,500,10000,800\n"
        "2026-05-04,ben,copilot,copilot_premium_request,Code Review model,3,requests,0.04,0,org-a,,,,,\n",
        {("ana", "copilot_ai_credit"): "12", ("ben", "copilot_premium_request"): "3"},
        (12_800, 500, 10_000, 800),
        rows="aggregate",
    ),
    Layout(
        "coding_agent",
        [{"type": "assistant", "sessionId": "s", "requestId": "q1", "timestamp": "2026-05-04T10:00:00.000Z",
          "message": {"id": "m1", "model": "claude-sonnet-4-5", "usage": {"input_tokens": 4, "cache_creation_input_tokens": 700,
                                                                          "cache_read_input_tokens": 9000, "output_tokens": 60}}},
         {"type": "assistant", "sessionId": "s", "requestId": "q1", "timestamp": "2026-05-04T10:00:01.000Z",
          "message": {"id": "m1", "model": "claude-sonnet-4-5", "usage": {"input_tokens": 4, "cache_creation_input_tokens": 700,
                                                                          "cache_read_input_tokens": 9000, "output_tokens": 60}}},
         {"type": "user", "sessionId": "s", "timestamp": "2026-05-04T09:59:00.000Z", "message": {"role": "user"}}],
        {("us", AI): "1"},
        (9_704, 60, 9_000, 700),
        left_out=1,
        duplicates=1,
        mapping=ONE_CUSTOMER,
    ),
    Layout(
        "aws_cost_and_usage",
        "identity_line_item_id,bill_payer_account_id,line_item_usage_account_id,line_item_line_item_type,line_item_usage_start_date,"
        "line_item_product_code,line_item_usage_type,line_item_usage_amount,line_item_unblended_cost\n"
        "a,1,111122223333,Usage,2026-05-04T00:00:00Z,AmazonS3,EU-TimedStorage-ByteHrs,2.5,0.05\n"
        "b,1,111122223333,DiscountedUsage,2026-05-04T01:00:00Z,AmazonEC2,EU-BoxUsage:m5.large,1,0.1\n"
        "c,1,111122223333,Tax,2026-05-04T00:00:00Z,AmazonS3,,1,0.2\n",
        {("111122223333", "EU-TimedStorage-ByteHrs"): "2.5", ("111122223333", "EU-BoxUsage:m5.large"): "1"},
        rows="aggregate",
        left_out=1,
    ),
    Layout(
        "focus",
        "BilledCost,BillingAccountId,ChargeCategory,ChargeDescription,ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,ConsumedUnit,ServiceName,SkuId,SubAccountId\n"
        "0.1,org,Usage,Reads,2026-05-05T00:00:00Z,2026-05-04T00:00:00Z,1500,Reads,Database,sku-r,proj-a\n"
        "-0.1,org,Credit,Promo,2026-05-05T00:00:00Z,2026-05-04T00:00:00Z,,,Database,,\n",
        {("proj-a", "sku-r"): "1500"},
        rows="aggregate",
        left_out=1,
    ),
    Layout(
        "snowflake_warehouses",
        "START_TIME,END_TIME,WAREHOUSE_ID,WAREHOUSE_NAME,CREDITS_USED,CREDITS_USED_COMPUTE,CREDITS_USED_CLOUD_SERVICES\n"
        "2026-05-04 00:00:00.000 -0700,2026-05-04 01:00:00.000 -0700,1,ETL,1.5,1.4,0.1\n"
        "2026-05-04 01:00:00.000 -0700,2026-05-04 02:00:00.000 -0700,1,ETL,0.25,0.25,0\n",
        {("ETL", "compute_credits"): "1.75"},
        rows="aggregate",
    ),
    Layout(
        "snowflake_metering",
        "SERVICE_TYPE,USAGE_DATE,CREDITS_USED_COMPUTE,CREDITS_USED_CLOUD_SERVICES,CREDITS_USED,CREDITS_ADJUSTMENT_CLOUD_SERVICES,CREDITS_BILLED\n"
        "WAREHOUSE_METERING,2026-05-04,10,1,11,-1,10\nAUTO_CLUSTERING,2026-05-04,0.5,0,0.5,0,0.5\n",
        {("us", "WAREHOUSE_METERING"): "11", ("us", "AUTO_CLUSTERING"): "0.5"},
        rows="aggregate",
        mapping=ONE_CUSTOMER,
    ),
    Layout(
        "twilio",
        {"usage_records": [
            {"account_sid": "AC1", "category": "sms-outbound", "usage": "40", "usage_unit": "segments", "count": "38", "price": "0.3",
             "start_date": "2026-05-04", "end_date": "2026-05-04"},
            {"account_sid": "AC1", "category": "totalprice", "usage": "0.3", "usage_unit": "usd", "count": "", "price": "0.3",
             "start_date": "2026-05-04", "end_date": "2026-05-04"}], "page": 0},
        {("AC1", "sms-outbound"): "40"},
        rows="aggregate",
        left_out=1,
    ),
    Layout(
        "metronome",
        [{"transaction_id": "t1", "customer_id": "c1", "event_type": "render", "timestamp": "2026-05-04T00:00:00+00:00",
          "properties": {"seconds": "3.5", "region": "eu"}}],
        {("c1", "render"): "3.5"},
    ),
    Layout(
        "orb",
        [{"event_name": "calls", "timestamp": "2026-05-04T00:00:00Z", "idempotency_key": "k1", "external_customer_id": "c1",
          "properties": {"num_calls": 7, "region": "eu"}}] * 2,
        {("c1", "calls"): "7"},
        duplicates=1,
    ),
    Layout(
        "amberflo",
        [{"uniqueId": "u1", "customerId": "c1", "meterApiName": "api", "meterTimeInMillis": MAY_4 * 1000, "meterValue": 2.5,
          "dimensions": {"region": "eu"}}],
        {("c1", "api"): "2.5"},
    ),
    Layout(
        "m3ter",
        [{"uid": "u1", "meter": "storage", "account": "a1", "ts": "2026-05-04T00:00:00Z", "measure": {"gb": 12}, "where": {"region": "eu"}}],
        {("a1", "storage"): "12"},
    ),
    Layout(
        "flexprice",
        [{"event_id": "e1", "event_name": "gen", "external_customer_id": "c1", "timestamp": "2026-05-04T00:00:00Z", "source": "api",
          "properties": {"images": 3}}],
        {("c1", "gen"): "3"},
    ),
    Layout(
        "hyperline",
        "timestamp,event_type,customer_id,record/id,record/units\n"
        "2026-05-04T12:00:00Z,signed,c1,r1,2\n2026-05-04T12:00:00Z,signed,c1,r2,5\n2026-05-04T13:00:00Z,signed,c1,r2,1\n",
        {("c1", "signed"): "3"},
        duplicates=1,
    ),
    Layout(
        "killbill",
        {"subscriptionId": "s1", "trackingId": "t1", "unitUsageRecords": [
            {"unitType": "calls", "usageRecords": [{"recordDate": "2026-05-04", "amount": 5}, {"recordDate": "2026-05-05", "amount": 7}]}]},
        {("s1", "calls"): "12"},
        rows="aggregate",
    ),
    Layout(
        "segment",
        [{"type": "track", "event": "Report", "userId": "u1", "anonymousId": "x", "messageId": "m1", "timestamp": "2026-05-04T10:00:00.000Z",
          "receivedAt": "2026-05-04T10:00:01.000Z", "properties": {"pages": 12, "plan": "pro"}},
         {"type": "page", "name": "Home", "userId": "u1", "messageId": "m2", "timestamp": "2026-05-04T10:01:00.000Z",
          "receivedAt": "2026-05-04T10:01:01.000Z", "properties": {"url": "/"}}],
        {("u1", "Report"): "12"},
        left_out=1,
    ),
    Layout(
        "posthog",
        "uuid,event,properties,timestamp,distinct_id,created_at\n"
        '01,report,"{""pages"": 4, ""$groups"": {""company"": ""acme""}}",2026-05-04 10:00:00.1+00:00,u1,2026-05-04 10:00:01+00:00\n',
        {("u1", "report"): "4"},
    ),
    Layout(
        "amplitude",
        [{"$insert_id": "i1", "event_type": "image", "event_time": "2026-05-04 10:00:00.123000", "user_id": "u1", "device_id": "d",
          "event_properties": {"count": 3, "style": "photo"}}] * 2,
        {("u1", "image"): "3"},
        duplicates=1,
    ),
    Layout(
        "stripe_summaries",
        {"object": "list", "data": [{"id": "s1", "object": "billing.meter_event_summary", "aggregated_value": 10, "meter": "mtr_1",
                                     "start_time": MAY_4, "end_time": MAY_4 + 86400}], "has_more": False},
        {("us", "mtr_1"): "10"},
        rows="aggregate",
        mapping=ONE_CUSTOMER,
    ),
    Layout(
        "openai_calls",
        [{"id": "r1", "object": "response", "created_at": MAY_4, "model": "gpt-5", "user": "u1",
          "usage": {"input_tokens": 900, "input_tokens_details": {"cached_tokens": 300}, "output_tokens": 40, "total_tokens": 940}}],
        {("u1", AI): "1"},
        (900, 40, 300, 0),
    ),
    Layout(
        "openai_embeddings",
        page([{"object": "organization.usage.embeddings.result", "input_tokens": 700, "num_model_requests": 3, "project_id": "p",
               "model": "text-embedding-3-small"}], start_time=MAY_4, end_time=MAY_4 + 86400),
        {("p", "text-embedding-3-small"): "700"},
        rows="aggregate",
    ),
    Layout(
        "openai_media",
        page([{"object": "organization.usage.images.result", "images": 4, "num_model_requests": 2, "project_id": "p",
               "model": "gpt-image-1", "size": "1024x1024"}], start_time=MAY_4, end_time=MAY_4 + 86400),
        {("p", "gpt-image-1"): "4"},
        rows="aggregate",
    ),
    Layout(
        "openai_activity",
        {"object": "list", "data": [{"organization_id": "org", "n_requests": 5, "operation": "completion", "snapshot_id": "gpt-4o-mini",
                                     "n_context_tokens_total": 1000, "n_generated_tokens_total": 200, "aggregation_timestamp": MAY_4,
                                     "n_cached_context_tokens_total": 100}]},
        {("org", AI): "5"},
        (1_000, 200, 100, 0),
        rows="aggregate",
    ),
    Layout(
        "anthropic_cost_report",
        {"data": [{"starting_at": "2026-05-04T00:00:00Z", "ending_at": "2026-05-05T00:00:00Z", "results": [
            {"currency": "USD", "amount": "123.5", "workspace_id": "w", "description": "Input", "cost_type": "tokens",
             "token_type": "uncached_input_tokens"}]}], "has_more": False},
        {("w", "uncached_input_tokens"): "1.235"},  # 123.5 cents
        rows="aggregate",
    ),
    Layout(
        "claude_code_report",
        {"data": [{"date": "2026-05-04T00:00:00Z", "actor": {"type": "user_actor", "email_address": "a@x.io"}, "organization_id": "o",
                   "core_metrics": {"num_sessions": 5, "lines_of_code": {"added": 1543, "removed": 892}},
                   "model_breakdown": [
                       {"model": "claude-opus-4-1", "tokens": {"input": 10, "output": 35, "cache_read": 100, "cache_creation": 50}},
                       {"model": "claude-haiku-4-5", "tokens": {"input": 1, "output": 3, "cache_read": 0, "cache_creation": 5}}]}]},
        {("a@x.io", AI): "2"},
        (166, 38, 100, 55),
        rows="aggregate",
    ),
    Layout(
        "anthropic_messages",
        [{"id": "m1", "type": "message", "created_at": "2026-05-04T10:00:00Z", "metadata": {"user_id": "u1"}, "model": "claude-sonnet-4-5",
          "usage": {"input_tokens": 4, "cache_creation_input_tokens": 700, "cache_read_input_tokens": 9000, "output_tokens": 60}}],
        {("u1", AI): "1"},
        (9_704, 60, 9_000, 700),
    ),
    Layout(
        "anthropic_console",
        "usage_date_utc,model_version,api_key,workspace,usage_type,usage_input_tokens_no_cache,usage_input_tokens_cache_write,"
        "usage_input_tokens_cache_read,usage_output_tokens\n2026-05-04,claude-sonnet-4-5,k,team,standard,1000,300,4000,200\n",
        {("team", AI): "1"},
        (5_300, 200, 4_000, 300),
        rows="aggregate",
    ),
    Layout(
        "gemini",
        [{"responseId": "r", "createTime": "2026-05-04T10:00:00Z", "user": "u1", "modelVersion": "gemini-2.5-pro",
          "usageMetadata": {"promptTokenCount": 1000, "cachedContentTokenCount": 400, "candidatesTokenCount": 100,
                            "thoughtsTokenCount": 50, "totalTokenCount": 1150}}],
        {("u1", AI): "1"},
        (1_000, 150, 400, 0),
    ),
    Layout(
        "codex",
        [{"timestamp": "2026-05-04T10:00:00Z", "type": "session_meta", "payload": {"id": "s"}},
         *({"timestamp": f"2026-05-04T10:0{place}:00Z", "type": "event_msg", "payload": {"type": "token_count", "info": {
             "total_token_usage": {"input_tokens": 900 * place, "cached_input_tokens": 400 * place, "output_tokens": 20 * place},
             "last_token_usage": {"input_tokens": 900, "cached_input_tokens": 400, "output_tokens": 20}}}} for place in (1, 2))],
        {("us", AI): "2"},
        (1_800, 40, 800, 0),
        left_out=1,
        mapping={"columns": {"customer_id": {"constant": "us"}, "model": {"constant": "gpt-5"}}},
    ),
    Layout(
        "ccusage",
        {"daily": [{"date": "2026-05-04", "inputTokens": 100, "outputTokens": 200, "cacheCreationTokens": 300, "cacheReadTokens": 4000,
                    "totalTokens": 4600, "modelsUsed": ["claude-sonnet-4-5"], "modelBreakdowns": [
                        {"modelName": "claude-sonnet-4-5", "inputTokens": 100, "outputTokens": 200, "cacheCreationTokens": 300,
                         "cacheReadTokens": 4000, "cost": 0.1}]}], "totals": {"inputTokens": 100, "outputTokens": 200}},
        {("us", AI): "1"},
        (4_400, 200, 4_000, 300),
        rows="aggregate",
        mapping=ONE_CUSTOMER,
    ),
    Layout(
        "cursor_api",
        {"usageEvents": [{"timestamp": str(MAY_4 * 1000), "model": "claude-4.5-sonnet", "kind": "Usage-based", "userEmail": "a@x.io",
                          "tokenUsage": {"inputTokens": 126, "outputTokens": 450, "cacheWriteTokens": 600, "cacheReadTokens": 1000,
                                         "totalCents": 2.1}}], "pagination": {"numPages": 1}},
        {("a@x.io", AI): "1"},
        (1_726, 450, 1_000, 600),
    ),
    Layout(
        "github_billing",  # as its API spells names
        {"usageItems": [{"date": "2026-05-04T00:00:00Z", "product": "Actions", "sku": "Actions Linux", "quantity": 100,
                         "unitType": "minutes", "pricePerUnit": 0.008, "netAmount": 0.8, "organizationName": "org-x",
                         "repositoryName": "org-x/web"}]},
        {("org-x", "Actions Linux"): "100"},
        rows="aggregate",
    ),
    Layout(
        "github_usage_report",
        "Date,Product,SKU,Quantity,Unit Type,Price Per Unit ($),Multiplier,Owner,Repository Slug,Username,Actions Workflow,Notes\n"
        "2026-05-04,Actions,Compute - UBUNTU,12,minute,$0.008,1,org-x,web,dev-a,ci.yml,\n"
        "2026-05-04,Shared Storage,Shared Storage,0.5,gb-day,$0.008,,org-x,web,,,\n",
        {("org-x", "Compute - UBUNTU"): "12", ("org-x", "Shared Storage"): "0.5"},
        rows="aggregate",
    ),
    Layout(
        "litellm_daily",
        "id,user_id,date,api_key,model,prompt_tokens,completion_tokens,cache_read_input_tokens,cache_creation_input_tokens,spend,api_requests\n"
        "1,u1,2026-05-04,k,claude-sonnet-4-5,5000,200,3000,1000,0.1,5\n",
        {("u1", AI): "5"},
        (5_000, 200, 3_000, 1_000),
        rows="aggregate",
    ),
    Layout(
        "snowflake_metering",
        "SERVICE_TYPE,START_TIME,END_TIME,NAME,CREDITS_USED_COMPUTE,CREDITS_USED_CLOUD_SERVICES,CREDITS_USED\n"
        "PIPE,2026-05-04 00:00:00.000 -0800,2026-05-04 01:00:00.000 -0800,LOAD,1.4,0.1,1.5\n",
        {("us", "PIPE"): "1.5"},
        rows="aggregate",
        mapping=ONE_CUSTOMER,
    ),
    Layout(  # as a warehouse spells its names
        "killbill",
        "subscription_id,tracking_id,unit_type,record_date,amount\ns1,t1,calls,2026-05-04,5\n",
        {("s1", "calls"): "5"},
        rows="aggregate",
    ),
    Layout(  # a library's own properties are no usage
        "posthog",
        [{"uuid": "1", "event": "report", "timestamp": "2026-05-04T00:00:00Z", "distinct_id": "u1",
          "properties": {"pages": 4, "$screen_height": 1080, "$lib_version": 3, "price": 9.5}},
         {"uuid": "2", "event": "$pageview", "timestamp": "2026-05-04T00:00:00Z", "distinct_id": "u1",
          "properties": {"$screen_height": 1080}}],
        {("u1", "report"): "4", ("u1", "$pageview"): "1"},
    ),
)  # fmt: skip
BESIDE = {"commet", "stripe", "lago", "cloudevents"}
"""Shapes whose files are in `sample_data/shapes`."""


def written(folder: Path, content: str | list[Any] | dict[str, Any]) -> Path:
    path = folder / ("usage.csv" if isinstance(content, str) else "usage.jsonl" if isinstance(content, list) else "usage.json")
    lines = "".join(json.dumps(row) + "\n" for row in content) if isinstance(content, list) else json.dumps(content)
    path.write_text(content if isinstance(content, str) else lines, "utf-8")
    return path


@pytest.mark.parametrize("layout", LAYOUTS, ids=lambda layout: layout.code)
def test_a_layout_is_read_as_it_is_meant(layout: Layout, tmp_path: Path) -> None:
    path = written(tmp_path, layout.content)
    ingested = read(path, mapping=SavedMapping.model_validate(layout.mapping) if layout.mapping else None)
    usage, report = ingested.usage, ingested.report
    (file,) = report.files
    assert file.shape is not None
    assert (file.shape.code, file.shape.rows) == (layout.code, layout.rows)
    units: dict[tuple[str, str], Decimal] = {}
    for index, customer in enumerate(usage.customers.to_pylist()):
        for at in range(usage.offsets[index], usage.offsets[index + 1]):
            key = customer, usage.features[usage.feature_indexes[at]]
            units[key] = units.get(key, Decimal(0)) + Decimal(int(usage.values[at])).scaleb(-6)
    assert units == {key: Decimal(text) for key, text in layout.units.items()}
    assert datetime.fromtimestamp(int(usage.times.min()) / 10**6, UTC).date().isoformat() == layout.first
    left_out = report.rows_read - report.rows_used - report.rows_rejected - report.duplicates
    assert (report.rows_rejected, report.duplicates, left_out) == (0, layout.duplicates, layout.left_out)
    columns = usage.tokens and (usage.tokens.input, usage.tokens.output, usage.tokens.cache_read, usage.tokens.cache_write)
    assert (columns and tuple(int(column.sum()) for column in columns)) == layout.tokens


def test_every_shape_that_comes_with_the_product_has_a_file_and_is_in_the_manual() -> None:
    codes = {shape.code for shape in known_shapes()}
    assert codes == {layout.code for layout in LAYOUTS} | BESIDE, "LAYOUTS has a file for each"
    manual = (Path(__file__).parents[2] / "docs/usage.md").read_text("utf-8")
    assert not [code for code in sorted(codes) if f"\n| `{code}` | " not in manual], (
        "the table in docs/usage.md has a row for each"
    )


def test_what_is_one_customers_is_said_to_be_sayable(tmp_path: Path) -> None:
    layout = next(each for each in LAYOUTS if each.mapping is not None)
    with pytest.raises(InputError, match=r"customer_id: \{constant: acme\}"):
        read(written(tmp_path, layout.content))


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_model_that_nobody_knows_is_said_once_by_its_name(kind: str, tmp_path: Path) -> None:
    rows = [("c", "2026-05-04", "chat", model, 10, 5) for model in ("auto", " auto", "gpt-4o")]
    names = ("customer_id", "timestamp", "feature", "model", "input_tokens", "output_tokens")
    path = tmp_path / f"usage.{kind}"
    if kind == "csv":
        path.write_text("\n".join(",".join(map(str, row)) for row in (names, *rows)), "utf-8")
    else:
        pq.write_table(pa.table(dict(zip(names, zip(*rows, strict=True), strict=True))), path)
    saved = parse_mapping("models: {auto: gpt-5-mini}", "m.yaml")
    usage = read(path, mapping=saved).usage
    assert usage.tokens is not None
    assert usage.tokens.models.to_pylist() == ["gpt-4o", "gpt-5-mini"]
    assert sorted(usage.tokens.model_indexes.tolist()) == [0, 1, 1]
    assert "models:\n  auto: gpt-5-mini" in mapping_text(mapped(inspect(path), saved))
    with pytest.raises(InputError, match="does not say which models are meant"):
        parse_mapping("models: [auto]", "m.yaml")


def test_no_known_shape_is_told_by_our_own_columns() -> None:
    """So a file that has no others is recognised without looking at the shapes."""
    ours = tuple(SPELLINGS)
    for shape in known_shapes():
        told = [any(names_like(name, ours, loosely=shape.loosely) for name in group) for group in shape.has]
        assert not all(told), shape.code
