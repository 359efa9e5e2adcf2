using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Snakepit.Hosting;
using Snakepit.Tests.Configuration;

namespace Snakepit.Tests.Hosting;

public class AddSnakepitTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void AddSnakepit_start_policy_is_checked_unless_set()
    {
        Assert.Equal(StartPolicy.Checked, Build(static s => s.AddSnakepit().AddPool("text", Valid)).Options.StartPolicy);
        Assert.Equal(
            StartPolicy.AnyReady,
            Build(static s => s.AddSnakepit(static o => o.StartPolicy = StartPolicy.AnyReady).AddPool("text", Valid)).Options.StartPolicy);
    }

    [Fact]
    public void AddSnakepit_code_wins_over_configuration()
    {
        IConfigurationSection section = Sections.Snakepit("""
            { "StartPolicy": "AnyReady", "Pools": { "text": { "Adapter": "a.py", "Size": 2, "MinReady": 2 } } }
            """);

        (SnakepitOptions options, IReadOnlyDictionary<string, PoolOptions> pools) = Build(
            services => services.AddSnakepit(section, static o => o.StartPolicy = StartPolicy.AllReady)
                .AddPool("text", static p => p.Size = 9));

        Assert.Equal(StartPolicy.AllReady, options.StartPolicy);
        Assert.Equal((9, 2), (pools["text"].Size, pools["text"].MinReady));
    }

    [Fact]
    public void AddSnakepit_twice_goes_on_with_one_runtime()
    {
        var services = new ServiceCollection();
        services.AddSnakepit(Sections.Snakepit("""{ "Pools": { "text": { "Adapter": "a.py", "Size": 2 } } }""")).AddPool("audio", Valid);
        int registered = services.Count;
        services.AddSnakepit(Sections.Snakepit("""{ "Pools": { "text": { "Size": 3 } } }""")).AddPool("vision", Valid);

        IReadOnlyDictionary<string, PoolOptions> pools = Built(services).Pools;

        Assert.Equal(registered, services.Count);
        Assert.Equal(["audio", "text", "vision"], pools.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(("a.py", 3), (pools["text"].Adapter, pools["text"].Size));
    }

    [Fact]
    public void AddSnakepit_configuration_source_added_later_is_still_read()
    {
        var configuration = new ConfigurationManager();
        var services = new ServiceCollection();
        services.AddSnakepit(configuration.GetSection("Snakepit")).AddPool("text", Valid);

        configuration.AddInMemoryCollection([new("Snakepit:Defaults:MinReady", "2"), new("Snakepit:Defaults:Size", "2")]);

        Assert.Equal(2, Built(services).Pools["text"].MinReady);
    }

    [Fact]
    public void AddSnakepit_takes_logging_and_clock_from_the_container()
    {
        var clock = new FakeTimeProvider();
        var services = new ServiceCollection();
        services.AddLogging().AddSingleton<TimeProvider>(clock).AddSnakepit().AddPool("text", Valid);
        using ServiceProvider provider = services.BuildServiceProvider();

        SnakepitRuntimeBuilder builder = provider.GetRequiredService<SnakepitRegistration>().CreateBuilder(provider);

        Assert.Same(clock, builder.TimeProvider);
        Assert.Same(provider.GetRequiredService<ILoggerFactory>(), builder.LoggerFactory);
    }

    [Theory]
    [InlineData("Snakpit", "Did you mean 'Snakepit'?")]
    [InlineData("Acme:Snakpit", "Did you mean 'Snakepit'?")]
    [InlineData("Python", "or it is empty. Correct the name")]
    public async Task Host_section_that_does_not_exist_fails_the_start_and_names_near_ones(string section, string text)
    {
        using IHost host = Host(services =>
        {
            IConfiguration root = Sections.Root(
                """{ "Snakepit": { "Defaults": { "Size": 2 } }, "Acme": { "Snakepit": { "Defaults": { "Size": 2 } } } }""");
            services.AddSingleton(root);
            services.AddSnakepit(root.GetSection(section)).AddPool("text", Valid);
        });

        SnakepitConfigurationException thrown = await Assert.ThrowsAsync<SnakepitConfigurationException>(
            () => host.StartAsync(Cancellation));

        Assert.StartsWith(
            $"Snakepit: there is no configuration section {section}, or it is empty.", thrown.Message, StringComparison.Ordinal);
        Assert.Contains(text, thrown.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_own_section_that_does_not_exist_fails_the_start_and_names_near_ones()
    {
        using IHost host = Host(services =>
        {
            IConfiguration root = Sections.Root("""{ "Audio": { "Adapter": "a.py" } }""");
            services.AddSingleton(root).AddSnakepit().AddPool("audio", root.GetSection("Adio"));
        });

        SnakepitConfigurationException thrown = await Assert.ThrowsAsync<SnakepitConfigurationException>(
            () => host.StartAsync(Cancellation));

        Assert.StartsWith(
            "Pool 'audio': there is no configuration section Adio, or it is empty. Did you mean 'Audio'? ",
            thrown.Problems[0],
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_pool_without_a_key_gives_the_only_one()
    {
        await using ServiceProvider provider = Provider(static services => Faked(services, new FakeRuntime([])));

        Assert.Equal("text", provider.GetRequiredService<IWorkerPool>().Name);
        Assert.Equal("text", Assert.Single(provider.GetServices<IWorkerPool>()).Name);
    }

    [Fact]
    public async Task Resolve_pool_without_a_key_among_several_gives_the_default()
    {
        await using ServiceProvider provider = Provider(
            static services => services.AddSnakepit().AddPool("text", Valid).AddPool("Default", Valid));

        Assert.Equal("Default", provider.GetRequiredService<IWorkerPool>().Name);
    }

    [Fact]
    public async Task Resolve_pool_without_a_key_among_several_says_how_to_name_one()
    {
        await using ServiceProvider provider = Provider(
            static services => services.AddSnakepit().AddPool("text", Valid).AddPool("vision", Valid));

        Assert.Equal(
            "There are 2 pools, text, vision, and none is named 'default', so an IWorkerPool needs a key. "
            + "Write [FromKeyedServices(\"text\")] IWorkerPool, or inject ISnakepit.",
            Assert.Throws<SnakepitConfigurationException>(() => provider.GetRequiredService<IWorkerPool>()).Message);
    }

    [Fact]
    public async Task Resolve_pool_without_a_key_that_the_application_put_in_place_wins()
    {
        var fake = new FakePool("mine");
        await using ServiceProvider provider = Provider(services =>
        {
            services.AddSingleton<IWorkerPool>(fake);
            services.AddSnakepit().AddPool("text", Valid).AddPool("vision", Valid);
        });

        Assert.Same(fake, provider.GetRequiredService<IWorkerPool>());
    }

    [Fact]
    public void AddPool_twice_throws_at_the_second_line() =>
        Assert.StartsWith(
            "Pool 'Text' is added twice",
            Assert.Throws<SnakepitConfigurationException>(
                static () => new ServiceCollection().AddSnakepit().AddPool("text", Valid).AddPool("Text", Valid)).Message,
            StringComparison.Ordinal);

    [Fact]
    public void AddPool_name_that_is_not_allowed_throws_at_once() =>
        Assert.Throws<SnakepitConfigurationException>(static () => new ServiceCollection().AddSnakepit().AddPool("a b", Valid));

    [Fact]
    public void AddSnakepit_knows_the_environment_of_the_host()
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = "Development" });
        builder.Services.AddSnakepit().AddPool("text", Valid);
        using IHost host = builder.Build();

        Assert.Equal("Development", host.Services.GetRequiredService<SnakepitRegistration>().CreateBuilder(host.Services).EnvironmentName);
    }

    [Fact]
    public async Task Resolve_runtime_twice_gives_the_same_before_the_host_starts()
    {
        await using ServiceProvider provider = Provider(static services => services.AddSnakepit().AddPool("text", Valid));

        Assert.Same(provider.GetRequiredService<ISnakepit>(), provider.GetRequiredService<ISnakepit>());
        Assert.IsType<SnakepitRuntime>(provider.GetRequiredService<ISnakepit>());
    }

    [Fact]
    public async Task Resolve_pool_by_key_before_start_gives_one_handle()
    {
        await using ServiceProvider provider = Provider(static services => Faked(services, new FakeRuntime([])));

        Consumer consumer = ActivatorUtilities.CreateInstance<Consumer>(provider);

        Assert.Equal("text", consumer.Pool.Name);
        Assert.Same(consumer.Pool, provider.GetRequiredKeyedService<IWorkerPool>("text"));
    }

    [Fact]
    public async Task Resolve_unknown_pool_names_the_near_one()
    {
        await using ServiceProvider provider = Provider(static services => Faked(services, new FakeRuntime([])));

        Assert.Equal(
            "There is no pool 'txt'. Did you mean 'text'?",
            Assert.Throws<SnakepitConfigurationException>(() => provider.GetRequiredKeyedService<IWorkerPool>("txt")).Message);
    }

    [Fact]
    public async Task Resolve_pool_by_a_key_that_is_no_name_says_what_a_key_is()
    {
        await using ServiceProvider provider = Provider(static services => Faked(services, new FakeRuntime([])));

        Assert.StartsWith(
            "A pool's key is its name, a string; '7' is of int.",
            Assert.Throws<SnakepitConfigurationException>(() => provider.GetRequiredKeyedService<IWorkerPool>(7)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Resolve_pool_that_the_application_put_in_place_wins()
    {
        var fake = new FakePool("text");
        await using ServiceProvider provider = Provider(services =>
        {
            services.AddSnakepit().AddPool("text", Valid);
            services.AddKeyedSingleton<IWorkerPool>("text", fake);
        });

        Assert.Same(fake, provider.GetRequiredKeyedService<IWorkerPool>("text"));
    }

    [Fact]
    public async Task Host_starts_pools_first_stops_them_last_and_disposes_once()
    {
        List<string> log = [];
        var runtime = new FakeRuntime(log);
        using IHost host = Host(services =>
        {
            services.AddHostedService(_ => new LoggingService(log));
            Faked(services, runtime);
        });
        Assert.NotNull(host.Services.GetRequiredKeyedService<IWorkerPool>("text"));

        await host.StartAsync(Cancellation);
        await host.StopAsync(Cancellation);
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.Equal(["pools start", "service start", "service stop", "pools stop", "pools dispose"], log);
        Assert.True(runtime.StopToken.CanBeCanceled);
    }

    [Fact]
    public async Task Host_stops_pools_with_the_hosts_own_deadline()
    {
        var runtime = new FakeRuntime([]);
        using IHost host = Host(services => Faked(services, runtime));
        await host.StartAsync(Cancellation);
        using var expired = new CancellationTokenSource();
        await expired.CancelAsync();

        await host.StopAsync(expired.Token);

        Assert.True(runtime.StopToken.IsCancellationRequested);
    }

    [Fact]
    public async Task Host_pools_that_cannot_start_fail_the_start()
    {
        List<string> log = [];
        var failure = new SnakepitConfigurationException("no");
        using IHost host = Host(services =>
        {
            services.AddHostedService(_ => new LoggingService(log));
            Faked(services, new FakeRuntime(log) { StartFailure = failure });
        });

        Assert.Same(failure, await Assert.ThrowsAsync<SnakepitConfigurationException>(() => host.StartAsync(Cancellation)));
        await ((IAsyncDisposable)host).DisposeAsync();

        Assert.Equal(["pools start", "pools dispose"], log);
    }

    [Fact]
    public async Task Host_invalid_configuration_fails_the_start_with_all_problems()
    {
        using IHost host = Host(static services => services
            .AddSnakepit(Sections.Snakepit("""{ "Pools": { "text": { "Adapter": "a.py", "Size": "four" } } }"""))
            .AddPool("vision", static p => (p.Adapter, p.Queue.Limit) = ("v.py", -1)));

        SnakepitConfigurationException thrown = await Assert.ThrowsAsync<SnakepitConfigurationException>(
            () => host.StartAsync(Cancellation));

        Assert.Equal(2, thrown.Problems.Count);
    }

    [Fact]
    public async Task Host_runtime_replaced_by_a_fake_without_lifetime_runs()
    {
        using IHost host = Host(static services =>
        {
            services.AddSnakepit().AddPool("text", Valid);
            services.AddSingleton<ISnakepit>(new FakeSnakepit());
        });

        await host.StartAsync(Cancellation);
        await host.StopAsync(Cancellation);

        Assert.Equal("text", host.Services.GetRequiredKeyedService<IWorkerPool>("text").Name);
    }

    [Fact]
    public void Pools_are_not_disposable_because_the_container_would_dispose_them_again() =>
        Assert.DoesNotContain(
            typeof(ISnakepit).Assembly.GetTypes(),
            static type => type.IsAssignableTo(typeof(IWorkerPool))
                && (type.IsAssignableTo(typeof(IDisposable)) || type.IsAssignableTo(typeof(IAsyncDisposable))));

    private static void Valid(PoolOptions options) => options.Adapter = "adapters/text.py";

    private static void Faked(IServiceCollection services, FakeRuntime runtime)
    {
        services.AddSnakepit().AddPool("text", Valid);
        // A factory, as in AddSnakepit: the container disposes of a singleton only when it has created it.
        services.AddSingleton<ISnakepit>(_ => runtime);
    }

    private static (SnakepitOptions Options, IReadOnlyDictionary<string, PoolOptions> Pools) Build(Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        add(services);
        return Built(services);
    }

    private static (SnakepitOptions Options, IReadOnlyDictionary<string, PoolOptions> Pools) Built(ServiceCollection services)
    {
        using ServiceProvider provider = services.BuildServiceProvider();
        return provider.GetRequiredService<SnakepitRegistration>().CreateBuilder(provider).Build();
    }

    private static ServiceProvider Provider(Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        add(services);
        return services.BuildServiceProvider(new ServiceProviderOptions { ValidateOnBuild = true, ValidateScopes = true });
    }

    private static IHost Host(Action<IServiceCollection> add)
    {
        HostApplicationBuilder builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        add(builder.Services);
        return builder.Build();
    }

    private sealed class Consumer([FromKeyedServices("text")] IWorkerPool pool)
    {
        public IWorkerPool Pool { get; } = pool;
    }

    private sealed class LoggingService(List<string> log) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            log.Add("service start");
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            log.Add("service stop");
            return Task.CompletedTask;
        }
    }
}
