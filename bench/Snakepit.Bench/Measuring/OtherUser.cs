using System.ComponentModel;
using System.Diagnostics;

namespace Snakepit.Bench.Measuring;

/// <summary>A user without privileges, as which root can run the bench. The user has a home and temporary files of its own.</summary>
internal sealed class OtherUser : IDisposable
{
    private const string Name = "nobody";
    private static readonly string[] s_folderVariables = ["HOME", "DOTNET_CLI_HOME", "TMPDIR"];
    private readonly DirectoryInfo _home = Directory.CreateTempSubdirectory("snakepit-bench-");

    private OtherUser()
    {
    }

    /// <summary>Returns the user, or null with a reason if this process may not become another user, or that user cannot read the
    /// bench.</summary>
    public static async Task<(OtherUser? User, string? Reason)> FindAsync(CancellationToken cancellation)
    {
        if (OperatingSystem.IsWindows() || !Environment.IsPrivilegedProcess)
        {
            return (null, "only root may become another user");
        }
        var user = new OtherUser();
        user._home.UnixFileMode |= UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        try
        {
            ProcessStartInfo start = BenchProcess.Describe("--help");
            start.RedirectStandardError = true;
            user.Configure(start);
            using Process process = Process.Start(start)!;
            _ = process.StandardError.ReadToEndAsync(cancellation);
            await process.StandardOutput.ReadToEndAsync(cancellation);
            await process.WaitForExitAsync(cancellation);
            if (process.ExitCode == 0)
            {
                return (user, null);
            }
            user.Dispose();
            return (null, $"'{Name}' cannot run the bench in {AppContext.BaseDirectory}: exit code {process.ExitCode}");
        }
        catch (Win32Exception e)
        {
            user.Dispose();
            return (null, $"'{Name}' cannot run the bench in {AppContext.BaseDirectory}: {e.Message}");
        }
    }

    /// <summary>Makes a process that of the user.</summary>
    public void Configure(ProcessStartInfo start)
    {
        start.UserName = Name;
        start.WorkingDirectory = _home.FullName;
        start.Environment.Remove("XDG_RUNTIME_DIR");
        start.Environment.Remove("XDG_CACHE_HOME");
        foreach (string variable in s_folderVariables)
        {
            start.Environment[variable] = _home.FullName;
        }
    }

    public void Dispose() => _home.Delete(recursive: true);
}
