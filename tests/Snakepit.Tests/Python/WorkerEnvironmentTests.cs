using System.Globalization;
using Snakepit.Processes;
using Snakepit.Python;

namespace Snakepit.Tests.Python;

[Trait("Rule", "P6")]
public sealed class WorkerEnvironmentTests
{
    private readonly FakeHostSystem _host = new();
    private readonly PoolOptions _pool = new();

    private PythonOptions Options => _pool.Python;

    [Fact]
    public void Build_is_the_hosts_environment_with_one_thread_per_library()
    {
        _host.Variable("HOME", "/home/me").Variable("PYTHONDONTWRITEBYTECODE", "1");

        Assert.Equal(
            new Dictionary<string, string>
            {
                ["HOME"] = "/home/me",
                ["PYTHONDONTWRITEBYTECODE"] = "1",
                ["OMP_NUM_THREADS"] = "1",
                ["OPENBLAS_NUM_THREADS"] = "1",
                ["MKL_NUM_THREADS"] = "1",
                ["NUMEXPR_NUM_THREADS"] = "1",
                ["VECLIB_MAXIMUM_THREADS"] = "1",
            },
            Build());
    }

    [Fact]
    public void Build_with_threads_lets_libraries_use_processors_for_them()
    {
        _pool.Profile = WorkerProfile.Thread;
        _pool.ThreadsPerWorker = 2;

        Assert.Equal(Math.Min(2, Environment.ProcessorCount).ToString(CultureInfo.InvariantCulture), Build()["OMP_NUM_THREADS"]);
    }

    [Fact]
    public void Build_pool_variables_go_over_the_hosts()
    {
        _host.Variable("MODE", "host").Variable("SECRET", "s").Variable("OTHER", "x");
        Options.Variables["MODE"] = "pool";
        Options.Variables["SECRET"] = null;

        Dictionary<string, string> built = Build();

        Assert.Equal(("pool", "x", false), (built["MODE"], built["OTHER"], built.ContainsKey("SECRET")));
    }

    [Fact]
    public void Build_thread_limits_of_the_host_and_the_pool_stay()
    {
        _host.Variable("OMP_NUM_THREADS", "8");
        Options.Variables["MKL_NUM_THREADS"] = "4";
        Options.Variables["NUMEXPR_NUM_THREADS"] = null;

        Dictionary<string, string> built = Build();

        Assert.Equal(("8", "4", "1", false),
            (built["OMP_NUM_THREADS"], built["MKL_NUM_THREADS"], built["OPENBLAS_NUM_THREADS"], built.ContainsKey("NUMEXPR_NUM_THREADS")));
    }

    [Theory]
    [InlineData("PYTHONSTARTUP")]
    [InlineData("PYTHONINSPECT")]
    public void Build_interactive_settings_never_reach_a_worker(string name)
    {
        _host.Variable(name, "1");
        Options.Variables[name] = "1";

        Assert.DoesNotContain(name, Build().Keys);
    }

    [Fact]
    public void Build_names_on_windows_ignore_case()
    {
        FakeHostSystem windows = new FakeHostSystem { Platform = HostPlatform.Windows }.Variable("Path", "a");
        Options.Variables["PATH"] = "b";

        Dictionary<string, string> built = WorkerEnvironment.Build(windows, _pool);

        Assert.Equal("b", built["path"]);
        Assert.Single(built.Keys, static name => name.Equals("PATH", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public void Build_virtual_environment_is_active_in_its_workers()
    {
        _host.Variable("PATH", "/usr/bin").Variable("PYTHONHOME", "/other").Variable("CONDA_PREFIX", "/conda");

        Dictionary<string, string> built = WorkerEnvironment.Build(_host, _pool, "/app/.venv");

        Assert.Equal(("/app/.venv", "/app/.venv/bin:/usr/bin"), (built["VIRTUAL_ENV"], built["PATH"]));
        Assert.DoesNotContain(built.Keys, static name => name is "PYTHONHOME" or "CONDA_PREFIX");
    }

    [Fact]
    public void Build_conda_environment_is_active_in_its_workers()
    {
        _host.Folder("/conda").Folder("/conda/conda-meta").Variable("VIRTUAL_ENV", "/venv");

        Dictionary<string, string> built = WorkerEnvironment.Build(_host, _pool, "/conda");

        Assert.Equal(("/conda", "/conda/bin"), (built["CONDA_PREFIX"], built["PATH"]));
        Assert.DoesNotContain("VIRTUAL_ENV", built.Keys);
    }

    [Fact]
    public void Build_the_pools_own_path_goes_over_that_of_its_environment()
    {
        _pool.Python.Variables["PATH"] = "/only";

        Assert.Equal("/only", WorkerEnvironment.Build(_host, _pool, "/venv")["PATH"]);
    }

    private Dictionary<string, string> Build() => WorkerEnvironment.Build(_host, _pool);
}
