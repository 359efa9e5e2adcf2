using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Snakepit.Hosting;

namespace Snakepit.Tests.Configuration;

/// <summary>The files in samples/Recycling are valid, and do what their names say.</summary>
public sealed class ExampleConfigurationTests
{
    [Fact]
    public void Ttl_example_is_a_pool_of_100_replaced_every_hour()
    {
        PoolOptions pool = Load("Ttl", "default");

        Assert.Equal((100, 90, TimeSpan.FromHours(1)), (pool.Size, pool.MinReady, pool.Recycle.Ttl));
    }

    [Fact]
    public void Request_count_example_replaces_after_1000_calls() =>
        Assert.Equal(1_000, Load("RequestCount", "workers").Recycle.MaxRequests);

    [Fact]
    public void Combined_example_has_every_limit()
    {
        PoolOptions pool = Load("Combined", "hpc");

        Assert.Equal((TimeSpan.FromHours(2), 5_000, 20), (pool.Recycle.Ttl, pool.Recycle.MaxRequests, pool.Recycle.MaxConsecutiveErrors));
        Assert.Equal((MemorySize.FromGiB(1), MemorySize.FromGiB(3)), (pool.Memory.SoftLimit, pool.Memory.HardLimit));
        Assert.Equal((1, StartMethod.Zygote, TimeSpan.FromMinutes(1)), (pool.Spares, pool.Start.Method, pool.Health.CheckInterval));
        Assert.Equal(["json", "statistics"], pool.Start.Preload);
    }

    private static PoolOptions Load(string name, string pool)
    {
        IConfigurationRoot file =
            new ConfigurationBuilder().AddJsonFile(RepositoryFiles.PathOf("samples", "Recycling", $"appsettings.{name}.json")).Build();
        using ServiceProvider provider = new ServiceCollection().AddSnakepit(file.GetSection("Snakepit")).Services.BuildServiceProvider();
        (_, IReadOnlyDictionary<string, PoolOptions> pools) =
            provider.GetRequiredService<SnakepitRegistration>().CreateBuilder(provider).Build();
        return pools[pool];
    }
}
