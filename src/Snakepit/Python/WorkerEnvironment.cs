using System.Globalization;
using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>The environment variables of a worker.</summary>
internal static class WorkerEnvironment
{
    // Numeric libraries start a thread per core in every process; with a pool of processes, that is cores squared. A worker with threads
    // has the processors for as many of them as it runs calls.
    private static readonly string[] s_threadLimits =
        ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"];

    // They are meant for interactive use but also affect `python -c`: INSPECT would keep a finished worker alive.
    private static readonly string[] s_interactive = ["PYTHONSTARTUP", "PYTHONINSPECT"];

    /// <summary>
    /// Returns the host's variables, overridden by the pool's (null removes one). A numeric library gets one thread for each call that a
    /// worker runs at once, at most one per processor, unless either sets another number.
    /// </summary>
    public static Dictionary<string, string> Build(IHostSystem host, PoolOptions options)
    {
        string threads = Math.Min(options.Capacity, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture);
        StringComparer names = host.Platform == HostPlatform.Windows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        Dictionary<string, string> variables = new(host.Variables, names);
        foreach (string name in s_threadLimits)
        {
            variables.TryAdd(name, threads);
        }
        foreach ((string name, string? value) in options.Python.Variables)
        {
            if (value is null)
            {
                variables.Remove(name);
            }
            else
            {
                variables[name] = value;
            }
        }
        foreach (string name in s_interactive)
        {
            variables.Remove(name);
        }
        return variables;
    }
}
