using Microsoft.Diagnostics.Runtime;
using StackReport;

// StackReport PID: prints the stacks and pending async methods of a .NET process.
// The process is suspended meanwhile and cannot end a report that hangs, so the report has a time limit of its own.
using Timer limit = new(static _ => Environment.Exit(1), null, TimeSpan.FromSeconds(20), Timeout.InfiniteTimeSpan);
try
{
    using DataTarget target = DataTarget.AttachToProcess(int.Parse(args[0], null), suspend: true);
    using ClrRuntime runtime = target.ClrVersions.Single().CreateRuntime();
    ThreadStacks.Print(runtime);
    PendingMethods.Print(runtime.Heap);
    return 0;
}
catch (Exception e)
{
    Console.Error.WriteLine($"The stacks could not be read: {e.Message}");
    return 1;
}
