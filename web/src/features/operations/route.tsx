// /operations: for the people who run the node. Topics, schemas, groups, queries, users and ACLs, and the node's own numbers.
import { NavLink, Navigate, Route, Routes, useLocation } from "react-router-dom";
import { Access } from "./Access";
import { GroupPage, Groups } from "./Groups";
import { Node } from "./Node";
import { Queries, QueryPage } from "./Queries";
import { SchemaPage, Schemas } from "./Schemas";
import { TopicPage } from "./Topic";
import { Topics } from "./Topics";

const places = [["", "Node"], ["topics", "Topics"], ["schemas", "Schemas"], ["groups", "Groups"], ["queries", "Queries"], ["access", "Access"]] as const;
export function Component() {
  const deep = useLocation().pathname.split("/").length > 3;
  return (
    <div className="ops">
      {!deep && <nav className="tabs opsnav" aria-label="Operations">{places.map(([to, word]) => <NavLink key={to} to={`/operations${to ? `/${to}` : ""}`} end={to === ""}>{word}</NavLink>)}</nav>}
      <Routes>
        <Route index element={<Node />} />
        <Route path="topics" element={<Topics />} /><Route path="topics/:topic" element={<TopicPage />} />
        <Route path="schemas" element={<Schemas />} /><Route path="schemas/:subject" element={<SchemaPage />} />
        <Route path="groups" element={<Groups />} /><Route path="groups/:group" element={<GroupPage />} />
        <Route path="queries" element={<Queries />} /><Route path="queries/:query" element={<QueryPage />} />
        <Route path="access" element={<Access />} />
        <Route path="*" element={<Navigate to="/operations" replace />} />
      </Routes>
    </div>
  );
}
