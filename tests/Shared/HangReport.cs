using System.Diagnostics;
using System.Runtime.InteropServices;
using Snakepit.Pools;
using Snakepit.Runtime;

namespace Snakepit.TestWatch;

/// <summary>Reports a test that hangs: the stacks, the pending async methods and the last kernel steps of every live pool.</summary>
internal static partial class HangReport
{
    public const int ExitCode = 3; // the testing platform's own code for an aborted session
    private const int StepsShown = 200;

    private static readonly TimeSpan s_stacksLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_poolsLimit = TimeSpan.FromSeconds(5);
    private static readonly Lock s_first = new();

    public static void WriteAndExit(string test, TimeSpan limit)
    {
        s_first.Enter(); // never released: the first test to hang is reported and ends the process
#pragma warning disable RS0030 // The testing platform or a test may have redirected Console.Error; the report must be seen all the same.
        TextWriter errors = TextWriter.Synchronized(new StreamWriter(Console.OpenStandardError()) { AutoFlush = true });
#pragma warning restore RS0030
        errors.WriteLine($"\nHANG  {test} has not ended after {limit.TotalSeconds:0.#} s");
        WriteStacks(errors);
        // The hang may be inside a pool that holds its own lock.
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
        _ = prctl(setTracer, anyone); // Yama lets only ancestors trace; without Yama the call fails and is not needed
        string dotnet = Path.GetFullPath("../../../dotnet", RuntimeEnvironment.GetRuntimeDirectory());
        string[] arguments = [Path.Combine(AppContext.BaseDirectory, "StackReport.dll"), $"{Environment.ProcessId}"];
        try
        {
#pragma warning disable RS0030 // CommandRunner is under test, and this process cannot read its pipes while suspended.
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

    /// <summary>Ends the process without running exit handlers, which might hang too.</summary>
    [LibraryImport("libc")]
    private static partial void _exit(int code);
}
