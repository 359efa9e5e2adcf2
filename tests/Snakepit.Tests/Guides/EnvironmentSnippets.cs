using Snakepit.Configuration;
using Snakepit.Testing;

namespace Snakepit.Tests.Guides;

/// <summary>The snippets of docs/environments.md.</summary>
public sealed class EnvironmentSnippets
{
    [Fact]
    public async Task Packages_of_workers_that_are_not_real_are_none()
    {
        await using SnakepitRuntime runtime = await SnakepitRuntime.StartAsync(
            static s => s.UseFakeWorkers(new FakeWorkers()).AddPool("text", static p => p.Size = 1), TestContext.Current.CancellationToken);

        Assert.Null(VersionOfNumpy(runtime.GetPool("text")));
    }

    [Fact]
    public async Task Examination_of_an_adapter_that_does_not_exist_finds_that()
    {
        Assert.Contains(await ExamineAsync(), static check => check is { Pool: "text", Status: DoctorStatus.Failed });
    }

    private static string? VersionOfNumpy(IWorkerPool pool)
    {
        // snippet: packages
        PythonDescription? python = pool.GetSnapshot().Python;
        string? numpy = python?.Packages.FirstOrDefault(static package => package.Name == "numpy")?.Version;
        // end snippet
        return numpy;
    }

    [Fact]
    public void Settings_of_a_prepared_environment_are_allowed()
    {
        var pool = new PoolOptions { Adapter = "a.py" };
        List<string> problems = [];

        Prepare(pool);
        PoolOptionsValidator.Check("text", pool, problems);

        Assert.Empty(problems);
    }

    private static void Prepare(PoolOptions pool)
    {
        // snippet: prepare
        pool.Python.Project = "models/";                // has a requirements.txt
        pool.Python.PrepareEnvironment = true;
        pool.Python.Version = ">=3.11";
        // end snippet
    }

    private static async Task<IReadOnlyList<DoctorCheck>> ExamineAsync()
    {
        // snippet: doctor
        DoctorReport report = await SnakepitDoctor.ExamineAsync(s => s.AddPool("text", p => p.Adapter = "adapters/no_such_file.py"));
        DoctorCheck[] problems = [.. report.Checks.Where(static check => check.Status is DoctorStatus.Warning or DoctorStatus.Failed)];
        // each has a Pool, a Name, what was Found, and a Remedy
        // end snippet
        return problems;
    }
}
