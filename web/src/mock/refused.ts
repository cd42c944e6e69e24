// What the mock says no with.
export class Refused { constructor(public status: number, public code: string, public message: string, public hint = "", public more: object = {}) {} }
