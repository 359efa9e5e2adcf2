using System.CommandLine;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Snakepit.AspNetCore.Contract;
using Snakepit.Cli.Hosts;
using Snakepit.Cli.Local;
using Snakepit.Cli.Output;

namespace Snakepit.Cli.Commands;

/// <summary>Examines a running host, the settings of an application, an adapter, or this machine.</summary>
internal sealed class DoctorCommand : CliCommand
{
    private const string SettingsFile = "appsettings.json";
    private const string Section = "Snakepit";
    private static readonly TimeSpan s_hostLimit = TimeSpan.FromMinutes(3);

    private readonly AdHocPool _pool = new();
    private readonly Option<string?> _host = HostCommand.HostOption();
    private readonly Option<string> _environment = new("--environment")
    {
        Description = "Reads appsettings.ENVIRONMENT.json, too. Default: Production.", HelpName = "ENVIRONMENT",
        DefaultValueFactory = static _ => "Production",
    };

    private readonly Argument<string?> _what = new("WHAT")
    {
        Description = "An appsettings.json or its folder, or an adapter: a Python file, a module, or module:Class. "
            + "Default: the running host, or this machine when none runs or --python or --set is given.",
        Arity = ArgumentArity.ZeroOrOne,
    };

    public DoctorCommand(Shell shell)
        : base("doctor", "Examines a running host, an application's settings, an adapter, or this machine.", shell)
    {
        Arguments.Add(_what.WithoutOptions());
        Options.Add(_host);
        Options.Add(_environment);
        _pool.AddTo(this);
    }

    protected override async Task<ExitCode> RunAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        bool asksForPool = _pool.IsAskedFor(parsed);
        if (asksForPool && parsed.GetValue(_host) is not null)
        {
            throw new CliException(ExitCode.WrongCommandLine, "--python and --set do not go with --host, which has its own pools.");
        }
        DoctorInfo report = parsed.GetValue(_what) switch
        {
            null when asksForPool => await ExamineMachineAsync(parsed, "This machine and its Python:", cancellationToken),
            { } what when SettingsIn(what) is { } file =>
                await ExamineSettingsAsync(file, parsed.GetValue(_environment)!, cancellationToken),
            { } adapter => await ExamineAdapterAsync(AdHocPool.Locate(adapter, Shell.Folder), parsed, cancellationToken),
            null => await ExamineHostAsync(parsed, cancellationToken)
                ?? await ExamineMachineAsync(parsed, "No host runs here; this machine and its Python:", cancellationToken),
        };
        return DoctorView.Write(Shell.Terminal, report, WritesJson(parsed));
    }

    /// <summary>Returns the settings file that a user means; null when it is no such file.</summary>
    private string? SettingsIn(string what)
    {
        string path = Shell.PathOf(what);
        if (Path.GetExtension(path) == ".json")
        {
            return File.Exists(path) ? path : throw new CliException(ExitCode.NotFound, $"There is no file {path}.");
        }
        if (!Directory.Exists(path))
        {
            return null;
        }
        string file = Path.Combine(path, SettingsFile);
        return File.Exists(file) ? file : throw new CliException(ExitCode.NotFound, $"The folder {path} has no {SettingsFile}.");
    }

    private static async Task<DoctorInfo> ExamineSettingsAsync(string file, string environment, CancellationToken cancellationToken)
    {
        IConfigurationRoot settings = Read(file, environment);
        string folder = Path.GetDirectoryName(file)!;
        DoctorReport report = await SnakepitDoctor.ExamineAsync(
            builder =>
            {
                builder.UseConfiguration(settings.GetSection(Section));
                foreach (string pool in settings.GetSection($"{Section}:Pools").GetChildren().Select(static pool => pool.Key))
                {
                    builder.AddPool(pool, options => Place(options, folder));
                }
            },
            cancellationToken: cancellationToken);
        return Describe.Doctor(report);
    }

    /// <summary>Looks for the files of a pool where the application does: in the folder of its settings.</summary>
    private static void Place(PoolOptions pool, string folder)
    {
        pool.Adapter = AdHocPool.Locate(pool.Adapter, folder);
        pool.Python.Environment = In(folder, pool.Python.Environment);
        pool.Python.Project = In(folder, pool.Python.Project);
    }

    private static string? In(string folder, string? path) => path is null ? null : Path.GetFullPath(path, folder);

    private static IConfigurationRoot Read(string file, string environment)
    {
        try
        {
            using var text = JsonDocument.Parse(
                File.ReadAllBytes(file),
                new JsonDocumentOptions { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip });
        }
        catch (JsonException e)
        {
            throw new CliException(
                ExitCode.NotWell, $"{file} is not JSON: line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1} cannot be read.", e);
        }
        try
        {
            return new ConfigurationBuilder()
                .AddJsonFile(file)
                .AddJsonFile(Path.ChangeExtension(file, $"{environment}.json"), optional: true)
                .Build();
        }
        catch (InvalidDataException e)
        {
            throw new CliException(ExitCode.NotWell, $"{e.Message} {e.InnerException?.Message}", e);
        }
    }

    private async Task<DoctorInfo> ExamineAdapterAsync(string adapter, ParseResult parsed, CancellationToken cancellationToken)
    {
        var pool = new PoolOptions { Adapter = adapter };
        _pool.Apply(parsed, pool, Shell.Folder);
        return Describe.Doctor(await SnakepitDoctor.ExaminePoolAsync(pool, cancellationToken: cancellationToken));
    }

    private async Task<DoctorInfo?> ExamineHostAsync(ParseResult parsed, CancellationToken cancellationToken)
    {
        using HostClient? host = await Shell.Hosts.TryAttachAsync(parsed.GetValue(_host), cancellationToken);
        if (host is null)
        {
            return null;
        }
        Note(parsed, host.Name);
        return await host.OrderAsync(
            "doctor", new DoctorOrder(), CliJson.Default.DoctorOrder, CliJson.Default.DoctorInfo, s_hostLimit, cancellationToken);
    }

    private async Task<DoctorInfo> ExamineMachineAsync(ParseResult parsed, string title, CancellationToken cancellationToken)
    {
        Note(parsed, title);
        using var scratch = new ScratchAdapter();
        return await ExamineAdapterAsync(scratch.File, parsed, cancellationToken);
    }

    private void Note(ParseResult parsed, string what)
    {
        if (!WritesJson(parsed))
        {
            Shell.Terminal.Say(what);
        }
    }
}
