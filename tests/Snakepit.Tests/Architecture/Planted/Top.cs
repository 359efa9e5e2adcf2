namespace Snakepit.Tests.Architecture.Planted.Upper;

internal interface IUpper;

/// <summary>What a lower room must not mention.</summary>
internal class Top : Exception, IUpper
{
    public static int Count() => 0;
}
