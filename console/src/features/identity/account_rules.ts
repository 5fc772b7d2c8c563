// What an account must look like, said before the server has to.

export const passwordLengthMin = 12;

interface Account {
  account: string;
  password: string;
  repeated: string;
}

/** The server's rule for names, without regard to case: it lowers them. */
const namePattern = /^[a-z0-9][a-z0-9._@-]{0,62}$/i;

export const validateAccount = {
  account: (value: string) => {
    if (value.trim() === '') return 'Enter an e-mail address or a name';
    return namePattern.test(value.trim()) ? null : 'Letters, digits and . _ @ - only, at most 63';
  },
  password: (value: string) =>
    [...value].length >= passwordLengthMin ? null : `At least ${passwordLengthMin} characters`,
  repeated: (value: string, all: Account) => (value === all.password ? null : 'The passwords differ'),
};

/** The API tells an e-mail address from a name. */
export function accountName(account: string): { email: string } | { name: string } {
  const name = account.trim();
  return name.includes('@') ? { email: name } : { name };
}
