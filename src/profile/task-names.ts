/**
 * "Task-12" and "Task-13" do the same: numbers in names are one number, `Task-*`. Most servers make a task for each request, and a
 * profile of each is of no use to anybody.
 */
export function foldTaskName(name: string): string {
  return name.replaceAll(/0x[\da-f]+|\d+/gi, "*");
}
