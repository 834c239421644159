import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # the helper modules oracle, zoo, random_formulas
