// The full list of endpoint groups: one line each. app gathers the parts; nothing else knows them all.
#pragma once

#include "api/admin/groups.hpp"
#include "api/ops/groups.hpp"
#include "api/route.hpp"

namespace millwright::api {

struct ControlParts {
  AccessParts access;
  HomeParts home;
  UseCaseParts use_cases;
  AskParts ask;
  RetrieveParts retrieve;
  TraceParts traces;
  ExplainParts explain;
  SourceParts sources;
  DocumentParts documents;
  DatasetParts datasets;
  IndexParts indexes;
  ReleaseParts releases;
  EvaluationParts evaluations;
  KeyParts keys;
  CostParts costs;
  CacheParts cache;
  LimitParts limits;
  PriceParts prices;
  OutcomeParts outcomes;
  PolicyParts policy;
  RoutingParts routing;
  ParseParts parse;
  ConfigParts config;
  AuditParts audit;
  ApprovalParts approvals;
  AlertParts alerts;
  ModelParts models;
  BatchParts batches;
  CorpusParts corpora;
  JobParts jobs;
  OpsParts ops;
};

/// Every row of the control API and the operations endpoints.
[[nodiscard]] Routes control_routes(const ControlParts& parts);

}  // namespace millwright::api
