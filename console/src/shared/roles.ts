// What each role may do beyond reading. The server decides; this only tells people beforehand.

export const roles = ['viewer', 'approver', 'owner', 'admin'] as const;
export type Role = (typeof roles)[number];

export function hasRole(role: string, needed: Role): boolean {
  return roles.indexOf(role as Role) >= roles.indexOf(needed);
}
