namespace Snakepit.Hosting.Rules;

/// <summary>Messages fit what an array can hold, and an empty call fits a message.</summary>
internal sealed class MessageSizeRule : IPoolOptionsRule
{
    private static readonly MemorySize s_least = MemorySize.FromKiB(1);

    public void Check(string pool, PoolOptions options, ICollection<string> problems)
    {
        MemorySize value = options.Call.MaxMessage;
        if (value < s_least || value.Bytes > int.MaxValue)
        {
            problems.Add(
                $"Pool '{pool}': Call.MaxMessage is {value}; it must be at least {s_least} and below {MemorySize.FromGiB(2)}. "
                + "Set Call.MaxMessage to the largest argument list or result to expect, such as '100MiB', and pass larger data as files.");
        }
    }
}
