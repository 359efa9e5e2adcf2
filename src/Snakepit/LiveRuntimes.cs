using System.Runtime.CompilerServices;

namespace Snakepit;

/// <summary>The runtimes of this process that were started and have not stopped, for whoever looks at it from inside: a debugger, or a test run
/// that hangs. Keeps none of them alive, and nothing in the library reads it.</summary>
internal static class LiveRuntimes
{
    private static readonly ConditionalWeakTable<SnakepitRuntime, object?> s_runtimes = [];

    public static IReadOnlyList<SnakepitRuntime> All => [.. s_runtimes.Select(static entry => entry.Key)];

    public static void Add(SnakepitRuntime runtime) => s_runtimes.AddOrUpdate(runtime, null);

    public static void Remove(SnakepitRuntime runtime) => s_runtimes.Remove(runtime);
}
