import { Link } from "react-router-dom";
import { ChevronRight } from "lucide-react";
export const Crumb = ({ of, to }: { of: string; to: string }) => <><Link to="/operations">Operations</Link><ChevronRight className="i xs" /><Link to={to}>{of}</Link></>;
