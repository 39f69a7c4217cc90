/** The account of everything and everybody that is not said to belong to another. */
export const HOME_ACCOUNT = '1000000000000001';
