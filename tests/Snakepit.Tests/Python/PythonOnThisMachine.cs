using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Tests.Python;

/// <summary>Finds the interpreter of this machine as the product does.</summary>
internal static class PythonOnThisMachine
{
    public static async Task<string?> FindAsync()
    {
        HostSystem host = new(TimeProvider.System);
        using InterpreterLocator locator = new(host, new InterpreterProbe(host, PackageLocation.Folder("/nowhere")));
        try
        {
            return (await locator.LocateAsync(new PythonOptions(), TestContext.Current.CancellationToken)).Executable;
        }
        catch (PythonNotFoundException)
        {
            return null;
        }
    }
}
