using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Snakepit.Hosting;

namespace Snakepit.Tests.Hosting;

/// <summary>The host does not start when a service's constructor asks for a pool that does not exist.</summary>
public sealed class PoolConsumerTests
{
    [Fact]
    public async Task Host_service_with_a_wrong_key_fails_the_start_before_a_pool_starts()
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSnakepit().AddPool("text", Valid).AddPool("stats", Valid);
        builder.Services.AddScoped<Misspelt>();
        using IHost host = builder.Build();

        SnakepitConfigurationException thrown = await Assert.ThrowsAsync<SnakepitConfigurationException>(
            () => host.StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal(
            $"The constructor of {typeof(Misspelt)} asks for an IWorkerPool: "
            + "There is no pool 'txt'. Did you mean 'text'? Pools: text, stats.",
            thrown.Message);
    }

    [Fact]
    public void All_wrong_keys_are_told_at_once_beside_other_problems()
    {
        SnakepitConfigurationException thrown = Assert.Throws<SnakepitConfigurationException>(static () => Create(static services =>
        {
            services.AddSnakepit().AddPool("text", Valid).AddPool("stats", static pool => (pool.Adapter, pool.Queue.Limit) = ("a.py", -1));
            services.AddTransient<Misspelt>().AddSingleton<Unkeyed>();
            services.AddKeyedSingleton<Numbered>("any").AddSingleton(typeof(Generic<>));
        }));

        Assert.Collection(
            thrown.Problems,
            static problem => Assert.StartsWith("Pool 'stats': Queue.Limit", problem, StringComparison.Ordinal),
            static problem => Assert.Contains("There is no pool 'txt'", problem, StringComparison.Ordinal),
            static problem => Assert.Contains("There are 2 pools, text, stats, and none is named", problem, StringComparison.Ordinal),
            static problem => Assert.Contains("A pool's key is its name, a string; '7' is of int", problem, StringComparison.Ordinal),
            static problem => Assert.Contains("There is no pool 'generic'", problem, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("text", null)]
    [InlineData("txt", "There is no pool 'txt'")]
    public void Key_that_a_service_passes_on_is_checked(string key, string? problem)
    {
        void Act() => Create(services =>
        {
            services.AddSnakepit().AddPool("text", Valid).AddPool("stats", Valid);
            services.AddKeyedSingleton<Inheriting>(key);
        });

        if (problem is null)
        {
            Act();
        }
        else
        {
            Assert.Contains(problem, Assert.Throws<SnakepitConfigurationException>(Act).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Keys_of_pools_in_any_case_and_of_a_single_pool_are_right() => Create(static services =>
    {
        services.AddSnakepit().AddPool("TXT", Valid);
        services.AddTransient<Misspelt>().AddTransient<Unkeyed>().AddKeyedSingleton<Inheriting>(KeyedService.AnyKey);
    });

    [Fact]
    public void Pools_that_the_application_put_in_place_are_its_own_concern() => Create(static services =>
    {
        services.AddSingleton<IWorkerPool>(new FakePool("mine"));
        services.AddSnakepit().AddPool("text", Valid).AddPool("stats", Valid);
        services.AddKeyedSingleton<IWorkerPool>("txt", new FakePool("txt"));
        services.AddTransient<Misspelt>().AddTransient<Unkeyed>();
    });

    [Fact]
    public void Pools_that_the_application_put_in_place_of_all_are_its_own_concern() => Create(static services =>
    {
        services.AddSnakepit().AddPool("text", Valid).AddPool("stats", Valid);
        services.AddKeyedSingleton<IWorkerPool>(KeyedService.AnyKey, static (_, key) => new FakePool((string)key!));
        services.AddTransient<Misspelt>();
    });

    private static void Valid(PoolOptions options) => options.Adapter = "adapters/text.py";

    private static void Create(Action<IServiceCollection> add)
    {
        var services = new ServiceCollection();
        add(services);
        using ServiceProvider provider = services.BuildServiceProvider();
        provider.GetRequiredService<SnakepitRegistration>().CreateBuilder(provider).Build();
    }

    private sealed class Misspelt([FromKeyedServices("txt")] IWorkerPool pool)
    {
        public IWorkerPool Pool { get; } = pool;
    }

    private sealed class Unkeyed(IWorkerPool pool)
    {
        public IWorkerPool Pool { get; } = pool;
    }

    private sealed class Numbered([FromKeyedServices(7)] IWorkerPool pool)
    {
        public IWorkerPool Pool { get; } = pool;
    }

    private sealed class Inheriting([FromKeyedServices] IWorkerPool pool)
    {
        public IWorkerPool Pool { get; } = pool;
    }

    private sealed class Generic<T>([FromKeyedServices("generic")] IWorkerPool pool)
    {
        public IWorkerPool Pool { get; } = pool;

        public T? Value { get; }
    }
}
