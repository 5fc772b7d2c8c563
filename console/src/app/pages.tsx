// Which page a path shows. Each page is a chunk of its own.
import { Anchor } from '@mantine/core';
import { lazy } from 'react';
import { Link, Route, Switch } from 'wouter';
import { Page } from '@/shared/page';
import { Empty } from '@/shared/states';

const HomePage = lazy(() => import('./home_page'));
const AskPage = lazy(() => import('@/features/gateway/ask_page'));
const TracesPage = lazy(() => import('@/features/telemetry/traces_page'));
const TracePage = lazy(() => import('./trace_page'));
const ExplainPage = lazy(() => import('@/features/telemetry/explain_page'));
const DocumentPage = lazy(() => import('@/features/ingestion/document_page'));
const InboxPage = lazy(() => import('@/features/approval/inbox_page'));
const DataPage = lazy(() => import('./data_page'));
const UseCasesPage = lazy(() => import('./use_cases_page'));
const UseCasePage = lazy(() => import('./use_case_page'));

export function Pages() {
  return (
    <Switch>
      <Route path="/">
        <HomePage />
      </Route>
      <Route path="/ask">
        <AskPage />
      </Route>
      <Route path="/traces">
        <TracesPage />
      </Route>
      <Route path="/traces/:id">{({ id }) => <TracePage id={id} />}</Route>
      {/* The short form that errors and alerts quote. */}
      <Route path="/r/:id">{({ id }) => <ExplainPage id={id} />}</Route>
      <Route path="/inbox">
        <InboxPage />
      </Route>
      <Route path="/data/documents/:id">{({ id }) => <DocumentPage id={id} />}</Route>
      <Route path="/data">
        <DataPage />
      </Route>
      <Route path="/use-cases">
        <UseCasesPage />
      </Route>
      <Route path="/use-cases/:name">{({ name }) => <UseCasePage key={name} name={name} />}</Route>
      <Route>
        <Page title="No such page">
          <Empty title="Nothing is here">
            The address may be old or mistyped. <Anchor component={Link} href="/">Go to Home</Anchor>
          </Empty>
        </Page>
      </Route>
    </Switch>
  );
}
