using System.IO.Hashing;
using System.Reflection;
using System.Runtime.Loader;
using Snakepit.Pools;

namespace Snakepit.Tests.Pools;

public sealed class SecretHashTests
{
    [Fact]
    public void Of_the_same_bytes_is_the_same_and_never_what_others_can_compute()
    {
        byte[] bytes = [1, 2, 3];

        Assert.Equal(SecretHash.Of(bytes), SecretHash.Of([1, 2, 3]));
        Assert.NotEqual(SecretHash.Of(bytes), SecretHash.Of([1, 2, 4]));
        Assert.NotEqual(XxHash3.HashToUInt64(bytes), SecretHash.Of(bytes));
        Assert.NotEqual(0ul, SecretHash.Of(""));
    }

    [Fact]
    public void Every_process_draws_a_seed_of_its_own()
    {
        // A second copy of the assembly has statics of its own, as in another process.
        var another = new AssemblyLoadContext("another process", isCollectible: true);
        MethodInfo of = another.LoadFromAssemblyPath(typeof(SecretHash).Assembly.Location)
            .GetType(typeof(SecretHash).FullName!, throwOnError: true)!
            .GetMethod(nameof(SecretHash.Of), [typeof(string)])!;

        ulong there = (ulong)of.Invoke(null, ["a key"])!;

        Assert.NotEqual(SecretHash.Of("a key"), there);
        Assert.Equal(there, of.Invoke(null, ["a key"]));
        another.Unload();
    }
}
