using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>What it takes to find and to run interpreters outside of a pool: the machine, the unpacked package, and the search.</summary>
internal sealed class PythonTools : IDisposable
{
    /// <exception cref="SnakepitConfigurationException">The package cannot be unpacked.</exception>
    public PythonTools(TimeProvider time)
        : this(new HostSystem(time))
    {
    }

    public PythonTools(IHostSystem host)
    {
        Host = host;
        Package = new PackageCache(BundledPackage.Embedded, host).Locate();
        Locator = new InterpreterLocator(host, new InterpreterProbe(host, Package), new ProbeMemory(Package));
    }

    public IHostSystem Host { get; }

    public PackageLocation Package { get; }

    public InterpreterLocator Locator { get; }

    /// <summary>
    /// Runs a command so that nothing of it is left, neither when it ends nor when this process does. Where there is no guard for that, the
    /// command runs alone. Throws only on cancellation.
    /// </summary>
    public Task<CommandOutput> RunAsync(PythonInterpreter python, CommandRequest request, CancellationToken cancellationToken) =>
        Host.RunAsync(
            Host.Platform != HostPlatform.Linux ? request : request with
            {
                Executable = python.Executable,
                Arguments = [.. BootCommand.Guard(python, Package).AsSpan(1..), request.Executable, .. request.Arguments],
                EndsWithInput = true,
            },
            cancellationToken);

    public void Dispose()
    {
        Locator.Dispose();
        Package.Dispose();
    }
}
