using Snakepit.Python;

namespace Snakepit.Tests.Python;

public sealed class VersionRangeTests
{
    [Theory]
    [InlineData("3.12", "3.12.0", true)]
    [InlineData("3.12", "3.12.9", true)]
    [InlineData("3.12", "3.13.0", false)]
    [InlineData("3", "3.13.0", true)]
    [InlineData("3.12.4", "3.12.4", true)]
    [InlineData("3.12.4", "3.12.5", false)]
    [InlineData("==3.12", "3.12.0", true)]
    [InlineData("==3.12", "3.12.1", false)]
    [InlineData("==3.12.*", "3.12.1", true)]
    [InlineData("!=3.12.*", "3.12.1", false)]
    [InlineData("!=3.12.1", "3.12.1", false)]
    [InlineData("!=3.12.1", "3.12.2", true)]
    [InlineData(">=3.11", "3.11.0", true)]
    [InlineData(">=3.11", "3.10.99", false)]
    [InlineData(">3.11", "3.11.0", false)]
    [InlineData(">3.11", "3.11.1", true)]
    [InlineData("<=3.11", "3.11.0", true)]
    [InlineData("<=3.11", "3.11.1", false)]
    [InlineData("<3.14", "3.13.9", true)]
    [InlineData("<3.14", "3.14.0", false)]
    [InlineData("~=3.11", "3.14.0", true)]
    [InlineData("~=3.11", "3.10.0", false)]
    [InlineData("~=3.11.2", "3.11.9", true)]
    [InlineData("~=3.11.2", "3.12.0", false)]
    [InlineData(">= 3.10 , < 3.13", "3.12.5", true)]
    [InlineData(">=3.10,<3.13,!=3.11.*", "3.11.5", false)]
    public void Contains_follows_pythons_notation(string text, string version, bool expected)
    {
        Assert.True(VersionRange.TryParse(text, out VersionRange? range));
        Assert.Equal(expected, range.Contains(Version.Parse(version)));
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData(",")]
    [InlineData("3.12,")]
    [InlineData("python3.12")]
    [InlineData(">=")]
    [InlineData("=>3.12")]
    [InlineData(">=3.12.*")]
    [InlineData("~=3")]
    [InlineData("3.12.1.4")]
    [InlineData("3.12rc1")]
    [InlineData("-3")]
    [InlineData("3.99999999999")]
    [InlineData("3.12 or newer")]
    public void TryParse_anything_else_is_no_range(string? text) => Assert.False(VersionRange.TryParse(text, out _));

    [Theory]
    [InlineData("3.12", 12, true)]
    [InlineData("3.12.7", 12, true)]
    [InlineData("3.12.7", 11, false)]
    [InlineData(">3.12.7", 12, true)]
    [InlineData("<3.12.7", 12, true)]
    [InlineData("<3.12", 12, false)]
    [InlineData(">=3.12,<3.13", 13, false)]
    public void MayContain_minor_versions(string text, int minor, bool expected)
    {
        Assert.True(VersionRange.TryParse(text, out VersionRange? range));
        Assert.Equal(expected, range.MayContain(3, minor));
    }
}
