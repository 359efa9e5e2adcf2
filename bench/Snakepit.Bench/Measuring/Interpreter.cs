using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Bench.Measuring;

/// <summary>Chooses the system's own interpreter, or else the one that a pool would choose.</summary>
internal static class Interpreter
{
    public const string System = "/usr/bin/python3";

    public static async Task<PythonInterpreter> FindAsync(string? executable, CancellationToken cancellation)
    {
        var host = new HostSystem(TimeProvider.System);
        using PackageLocation package = new PackageCache(BundledPackage.Embedded, host).Locate();
        using var locator = new InterpreterLocator(host, new InterpreterProbe(host, package));
        var options = new PythonOptions { Executable = executable ?? (File.Exists(System) ? System : null) };
        return await locator.LocateAsync(options, cancellation);
    }
}
