/* No plugin at all. */
int nosymbol_is_a_library(void);

__attribute__((visibility("default"))) int nosymbol_is_a_library(void)
{
    return 1;
}
