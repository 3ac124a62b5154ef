/* A shared library like any other: nothing in it says Jackfield. */
static int answer = 42;
__attribute__((visibility("hidden"))) int *hidden_answer(void);
int *hidden_answer(void) { return &answer; }
