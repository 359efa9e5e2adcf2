using System.Runtime.CompilerServices;

namespace Snakepit.Runtime;

/// <summary>
/// The runtimes of this process that have been started and not stopped, for inspection from inside: by a debugger, or by a test run that
/// hangs. The list keeps no runtime alive, and the library itself does not read it.
/// </summary>
internal static class LiveRuntimes
{
    private static readonly ConditionalWeakTable<SnakepitRuntime, object?> s_runtimes = [];

    public static IReadOnlyList<SnakepitRuntime> All => [.. s_runtimes.Select(static entry => entry.Key)];

    public static void Add(SnakepitRuntime runtime) => s_runtimes.AddOrUpdate(runtime, null);

    public static void Remove(SnakepitRuntime runtime) => s_runtimes.Remove(runtime);
}
