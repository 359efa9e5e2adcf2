using System.IO.Hashing;
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
}
