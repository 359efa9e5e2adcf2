using System.Globalization;
using Snakepit.Processes;

namespace Snakepit.Python;

/// <summary>Runs a candidate once: it reports what it is, and compiles the bundled package for itself.</summary>
internal sealed class InterpreterProbe(IHostSystem host, string script, PackageLocation package)
{
    private const string ScriptName = "snakepit/_probe.py";
    private const string Supported = "CPython"; // others lack functions of the system, such as PyPy os.pidfd_open

    private static readonly Version s_oldest = new(3, 9);
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    public InterpreterProbe(IHostSystem host, PackageLocation package)
        : this(host, BundledPackage.Embedded.Text(ScriptName), package)
    {
    }

    /// <summary>Runs the file at <paramref name="path"/>. Throws only on cancellation.</summary>
    public async Task<ProbeResult> RunAsync(string path, FileFacts facts, CancellationToken cancellationToken)
    {
        string? unusable = facts switch
        {
            { Kind: FileKind.Nothing, IsLink: true } =>
                "is a link to a file that is gone; if it is in a virtual environment, make that anew",
            { Kind: FileKind.Nothing } => "not found",
            { Kind: FileKind.Folder } => "is a folder",
            { IsExecutable: false } => "not executable",
            _ => null,
        };
        if (unusable is not null)
        {
            return new ProbeResult(null, unusable);
        }
        CommandOutput output = await host.RunAsync(path, ["-I", "-S", "-c", script, package.PathEntry], s_timeout, cancellationToken)
            .ConfigureAwait(false);
        return Judge(output);
    }

    private static ProbeResult Judge(CommandOutput output) => output switch
    {
        { End: CommandEnd.NotStarted } => new ProbeResult(null, $"cannot be started: {output.Errors}"),
        { End: CommandEnd.TimedOut } => new ProbeResult(
            null, string.Create(CultureInfo.InvariantCulture, $"timed out after {s_timeout.TotalSeconds} s")),
        { ExitCode: not 0 } when output.Errors.Contains("Unknown option: -I", StringComparison.Ordinal) =>
            new ProbeResult(null, $"does not know the option -I, so it is older than {s_oldest}"),
        { ExitCode: not 0 } => new ProbeResult(
            null, string.Create(CultureInfo.InvariantCulture, $"exited with code {output.ExitCode}{ComplaintOf(output.Errors)}")),
        _ => Understand(output.Output),
    };

    private static ProbeResult Understand(string output)
    {
        ProbeReport? report = Parse(output);
        if (report is not { Version: [var major, var minor, var patch], Executable.Length: > 0 })
        {
            return new ProbeResult(null, $"did not describe itself as a Python interpreter does{ComplaintOf(output)}");
        }
        Version version = new(major, minor, patch);
        if (!string.Equals(report.Implementation ?? Supported, Supported, StringComparison.OrdinalIgnoreCase))
        {
            return new ProbeResult(null, $"is {report.Implementation} {version}; workers need {Supported}");
        }
        return version < s_oldest
            ? new ProbeResult(null, $"version {version} is older than {s_oldest}")
            : new ProbeResult(
                new PythonInterpreter(report.Executable, version, report.Implementation ?? "unknown", report.CacheTag)
                {
                    IsFreeThreaded = report.IsFreeThreaded,
                },
                null);
    }

    private static ProbeReport? Parse(string output) =>
        LastLine(output) is { Length: > 0 } line ? ProbeReport.Parse(line) : null; // a shim may have printed something first

    private static string ComplaintOf(string output) => Complaint.Find(output) is { } line ? $": {line}" : "";

    private static string LastLine(string text)
    {
        string trimmed = text.TrimEnd();
        return trimmed[(trimmed.LastIndexOf('\n') + 1)..].Trim();
    }
}

/// <summary>An interpreter, or the problem with it.</summary>
internal readonly record struct ProbeResult(PythonInterpreter? Interpreter, string? Problem);
