using Microsoft.Diagnostics.Runtime;
using StackReport;

// Prints where a .NET process stands: StackReport PID. It is suspended meanwhile, so the limit on our time has to be our own.
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
