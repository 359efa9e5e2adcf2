namespace Snakepit.Hosting.Rules;

/// <summary>Memory limits are ones that a Python process can keep, and the one that kills lies above the one that replaces.</summary>
internal sealed class MemoryLimitRule : IPoolOptionsRule
{
    private static readonly MemorySize s_least = MemorySize.FromMiB(1);

    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        CheckOne(pool, "Memory.SoftLimit", options.Memory.SoftLimit, problems);
        CheckOne(pool, "Memory.HardLimit", options.Memory.HardLimit, problems);
        if (options.Memory is { SoftLimit: { } soft, HardLimit: { } hard } && hard <= soft && hard >= s_least)
        {
            problems.Add(
                $"Pool '{pool}': Memory.HardLimit is {hard} and Memory.SoftLimit is {soft}; a worker would be killed before it could be replaced. "
                + "Raise Memory.HardLimit or lower Memory.SoftLimit.");
        }
    }

    private static void CheckOne(string pool, string setting, MemorySize? value, ICollection<string> problems)
    {
        if (value < s_least)
        {
            problems.Add(
                $"Pool '{pool}': {setting} is {value}; it must be at least {s_least}. Set {setting} to the memory a worker may have, such as '512MiB', "
                + "or to null for no limit.");
        }
    }
}
