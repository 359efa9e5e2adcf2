using Snakepit.Hosting;

namespace Snakepit.Tests.Hosting;

public sealed class SnakepitHostedServiceTests
{
    [Theory]
    [InlineData(false, "pools stop")]
    [InlineData(true, "pools stop, pools hurry")]
    [Trait("Rule", "L17")]
    public async Task StoppedAsync_hurries_a_stop_that_the_host_does_not_wait_for(bool isImpatient, string expected)
    {
        var log = new List<string>();
        var service = new SnakepitHostedService(new FakeRuntime(log));

        await service.StoppedAsync(new CancellationToken(canceled: isImpatient));

        Assert.Equal(expected, string.Join(", ", log));
    }
}
