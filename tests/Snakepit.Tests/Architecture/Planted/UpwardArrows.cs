#pragma warning disable CS0169, CS0649, CA1823, IDE0044, IDE0051 // Planted: members exist to be found, not used.

using Snakepit.Tests.Architecture.Planted.Upper;

namespace Snakepit.Tests.Architecture.Planted.Lower;

/// <summary>Refers to a forbidden type in every way that C# offers.</summary>
internal sealed class UpwardArrows : IUpper
{
    private Top? _field;

    [System.ComponentModel.TypeConverter(typeof(Top))]
    private int _marked;

    public void Parameter(Top top)
    {
    }

    public Top? Returned() => null;

    public List<Top[]> Generic() => [];

    public void Constrained<T>()
        where T : IUpper
    {
    }

    [Mark<int>]
    public void Marked()
    {
    }

    public bool Tested(object candidate) => candidate is Top;

    public int Called() => Top.Count();

    public int Caught()
    {
        try
        {
            return GetHashCode();
        }
        catch (Top)
        {
            return 0;
        }
    }
}
