// Calls as they arrive, one of them opened, sent again.

/** All of them, in the order in which calls come. */
export async function all() {}
