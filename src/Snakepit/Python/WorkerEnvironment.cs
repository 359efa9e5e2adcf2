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
    /// worker runs at once, at most one per processor, unless either sets another number. The workers of an environment have its variables
    /// as if it was activated.
    /// </summary>
    public static Dictionary<string, string> Build(IHostSystem host, PoolOptions options, string? environment = null)
    {
        int calls = options.Profile == WorkerProfile.Thread ? options.ThreadsPerWorker : 1;
        string threads = Math.Min(calls, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture);
        StringComparer names = host.Platform == HostPlatform.Windows ? StringComparer.OrdinalIgnoreCase : StringComparer.Ordinal;
        Dictionary<string, string> variables = new(host.Variables, names);
        if (environment is not null)
        {
            Activate(variables, environment, host);
        }
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

    private static void Activate(Dictionary<string, string> variables, string environment, IHostSystem host)
    {
        bool isWindows = host.Platform == HostPlatform.Windows;
        bool isConda = host.Inspect(Path.Combine(environment, "conda-meta")).Kind == FileKind.Folder;
        variables.Remove("PYTHONHOME"); // it would lead to another interpreter's library
        variables.Remove(isConda ? "VIRTUAL_ENV" : "CONDA_PREFIX");
        variables[isConda ? "CONDA_PREFIX" : "VIRTUAL_ENV"] = environment;
        string programs = Path.Combine(environment, isWindows ? "Scripts" : "bin");
        string path = variables.GetValueOrDefault("PATH", "");
        variables["PATH"] = path.Length == 0 ? programs : $"{programs}{(isWindows ? ';' : ':')}{path}";
    }
}
