using System.Diagnostics;
using System.Runtime.InteropServices;
using Snakepit.Pools;

namespace Snakepit.TestWatch;

/// <summary>The last words of a run whose test hangs: stacks, waiting async methods, and what every live pool did last.</summary>
internal static partial class HangReport
{
    public const int ExitCode = 3; // as the testing platform ends when a session is aborted
    private const int StepsShown = 200;

    private static readonly TimeSpan s_stacksLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_poolsLimit = TimeSpan.FromSeconds(5);
    private static readonly Lock s_first = new();

    public static void WriteAndExit(string test, TimeSpan limit)
    {
        s_first.Enter(); // and never left: the first test to hang ends the process, the report is about it
#pragma warning disable RS0030 // What the testing platform or a test made of the console must not keep the report from being seen.
        TextWriter errors = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardError()) { AutoFlush = true });
#pragma warning restore RS0030
        errors.WriteLine($"\nHANG  {test} has not ended after {limit.TotalSeconds:0.#} s");
        WriteStacks(errors);
        // A pool may be what hangs, and then its lock with it.
        Thread pools = new(() => WritePools(errors)) { IsBackground = true };
        pools.Start();
        if (!pools.Join(s_poolsLimit))
        {
            errors.WriteLine("A pool does not let itself be looked at; its lock is held.");
        }
        _exit(ExitCode);
    }

    private static void WriteStacks(TextWriter errors)
    {
        const int setTracer = 0x59616d61; // PR_SET_PTRACER
        const nint anyone = -1;
        _ = prctl(setTracer, anyone); // where Yama lets only ancestors trace; elsewhere it is unknown, and needless
        string dotnet = Path.GetFullPath("../../../dotnet", RuntimeEnvironment.GetRuntimeDirectory());
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "StackReport.dll"), $"{Environment.ProcessId}"];
        try
        {
#pragma warning disable RS0030 // CommandRunner is under test, and its pipes cannot be read while this process is suspended.
            using Process report = Process.Start(new ProcessStartInfo(dotnet, arguments))!;
#pragma warning restore RS0030
            if (!report.WaitForExit(s_stacksLimit))
            {
                report.Kill();
            }
        }
        catch (Exception e)
        {
            errors.WriteLine($"The stacks could not be read: {e.Message}");
        }
    }

    private static void WritePools(TextWriter errors)
    {
        foreach (WorkerPool pool in LiveRuntimes.All.SelectMany(static runtime => runtime.Pools))
        {
            errors.WriteLine(pool.GetSnapshot());
            RecordedStep[] trace = pool.ReadTrace().Steps;
            errors.WriteLine($"Kernel trace of pool {pool.Name}: the last {Math.Min(trace.Length, StepsShown)} of {trace.Length} steps");
            foreach (RecordedStep step in trace.TakeLast(StepsShown))
            {
                errors.WriteLine($"   {step.Step}");
            }
        }
    }

    [LibraryImport("libc")]
    private static partial int prctl(int option, nint argument);

    /// <summary>Ends the process without asking anyone in it, who might hang too.</summary>
    [LibraryImport("libc")]
    private static partial void _exit(int code);
}
