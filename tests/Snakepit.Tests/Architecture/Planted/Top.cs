namespace Snakepit.Tests.Architecture.Planted.Upper;

internal interface IUpper;

/// <summary>A type that lower rooms must not refer to.</summary>
internal class Top : Exception, IUpper
{
    public static int Count() => 0;
}

[AttributeUsage(AttributeTargets.All)]
internal sealed class Mark<T> : Attribute;
